import { describe, expect, test } from 'vitest'
import { hookCommand } from '../../src/gate/install/command.ts'
import { settingsPath } from '../../src/gate/install/places.ts'
import { absolutePath, judgedPath, type Look, pathFlaw, type Resolved } from '../../src/gate/paths.ts'
import { LINUX, MACOS, type Platform, platformOf, Unquotable, WINDOWS } from '../../src/platform/platform.ts'

/** Walks a judged path over a table of files: path → id, or the target of a link. */
function judged(path: string, there: { readonly [path: string]: string }, platform: Platform): Resolved {
  const steps = judgedPath(path, platform)
  for (let next = steps.next(); ; ) {
    if (next.done) return next.value
    const found = there[next.value]
    const look: Look =
      found === undefined ? 'missing' : found.startsWith('->') ? { link: found.slice(2) } : { id: found }
    next = steps.next(look)
  }
}

describe('folders', () => {
  test.each([
    ['Linux', LINUX, {}, '/home/a', ['/home/a/.local/share', '/home/a/.config', '/home/a/.config/gcloud']],
    [
      'Linux with XDG variables',
      LINUX,
      { XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: '/etc/a' },
      '/home/a',
      ['/data', '/etc/a', '/home/a/.config/gcloud'],
    ],
    [
      'macOS',
      MACOS,
      { XDG_DATA_HOME: '/data' },
      '/Users/a',
      ['/Users/a/Library/Application Support', '/Users/a/Library/Preferences', '/Users/a/.config/gcloud'],
    ],
    [
      'Windows',
      WINDOWS,
      { LOCALAPPDATA: 'D:\\Local', APPDATA: 'D:\\Roaming' },
      'C:\\Users\\a',
      ['D:\\Local', 'D:\\Roaming', 'D:\\Roaming\\gcloud'],
    ],
    [
      'Windows without its variables',
      WINDOWS,
      {},
      'C:\\Users\\a',
      [
        'C:\\Users\\a\\AppData\\Local',
        'C:\\Users\\a\\AppData\\Roaming',
        'C:\\Users\\a\\AppData\\Roaming\\gcloud',
      ],
    ],
  ] as const)('%s has its own', (_, platform, environment, home, expected) => {
    const { dataHome, configHome, gcloudHome } = platform
    expect([dataHome, configHome, gcloudHome].map(of => of(environment, home))).toEqual(expected)
  })

  test('machine-wide settings are where each system has them', () => {
    const place = { kind: 'system', root: '/' } as const
    expect(settingsPath('claude', place, LINUX)).toBe('/etc/claude-code/managed-settings.json')
    expect(settingsPath('claude', place, MACOS)).toBe(
      '/Library/Application Support/ClaudeCode/managed-settings.json',
    )
    expect(WINDOWS.machineSettings).toBeUndefined()
  })
})

describe('the command of an installed hook', () => {
  test.each([LINUX, MACOS])('is one line for /bin/sh, with single quotes', platform => {
    const line = hookCommand(
      ['/opt/it is/node', "/home/o'neill/gate.cjs", 'hook'],
      '/usr/bin/timeout',
      platform,
    )
    expect(line).toMatch(/^\/bin\/sh -c '/)
    expect(platform.quoted("o'neill")).toBe(`'o'\\''neill'`)
  })

  test('is a line for cmd on Windows, which refuses without a decision', () => {
    const words = ['C:\\Program Files\\nodejs\\node.exe', 'C:\\i\\gate.cjs', 'hook']
    expect(hookCommand(words, undefined, WINDOWS)).toBe(
      '"C:\\Program Files\\nodejs\\node.exe" C:\\i\\gate.cjs hook || (echo interdict-gate refused: no decision 1>&2 & exit 2)',
    )
  })

  test.each([
    ['a & del x', '"a & del x"'],
    ['C:\\with space\\', '"C:\\with space\\\\"'],
    ['C:\\end\\', '"C:\\end\\\\"'],
    ['(x)', '"(x)"'],
  ])('quotes %s for cmd', (word, quoted) => {
    expect(WINDOWS.quoted(word)).toBe(quoted)
  })

  test.each(['50%PATH%', 'a"b', 'a\nb', 'a\0b'])('refuses %j, which no quotes make safe for cmd', word => {
    expect(() => WINDOWS.quoted(word)).toThrow(Unquotable)
  })
})

describe('a path that the gate judges on Windows', () => {
  test.each([
    ['C:\\data\\x', undefined],
    ['c:/data/x', undefined],
    ['sub\\x', undefined],
    ['..\\x', undefined],
    ['\\data\\x', 'it begins with a slash and not with a drive'],
    ['\\\\server\\share\\x', 'it begins with a slash and not with a drive'],
    ['\\\\?\\C:\\x', 'it reads like a URL'],
    ['C:x', "it is relative to a drive's own folder"],
    ['C:\\x:stream', 'it reads like a URL'],
    ['C:\\secret.', 'a name in it ends in a dot or a space, which Windows leaves out'],
    ['C:\\secret \\key', 'a name in it ends in a dot or a space, which Windows leaves out'],
    ['C:\\data\\NUL.txt', 'a name in it is that of a device'],
    ['com1', 'a name in it is that of a device'],
    ['C:\\SECRET~1\\key', 'a name in it may be the short form of another'],
  ])('%j: %s', (path, flaw) => {
    expect(pathFlaw(path, WINDOWS)).toBe(flaw)
  })

  test('is absolute with a drive, and needs a folder without one', () => {
    expect(absolutePath('C:\\x', undefined, WINDOWS)).toBe('C:\\x')
    expect(absolutePath('x', 'C:\\work', WINDOWS)).toBe('C:\\work/x')
    expect(() => absolutePath('x', '/work', LINUX)).not.toThrow()
    expect(() => absolutePath('x', 'work', WINDOWS)).toThrow('its path is relative')
  })

  const there = {
    'C:/': 'root',
    'C:/data': 'data',
    'C:/data/out': '->C:\\secret',
    'C:/data/far': '->D:\\x',
    'C:/data/near': '->..\\secret',
    'C:/secret': 'secret',
    'C:/secret/key': 'key',
  }

  test('is followed through links on its drive, absolute and relative', () => {
    for (const path of ['C:\\data\\out\\key', 'C:/data/near/key'])
      expect(judged(path, there, WINDOWS)).toEqual({
        text: 'C:/secret/key',
        ids: ['root', 'secret', 'key'],
        exists: true,
      })
    expect(() => judged('C:\\data\\far', there, WINDOWS)).toThrow('another drive')
  })

  test('loses its .. before links are followed, as Windows does it', () => {
    expect(judged('C:\\data\\out\\..\\x', there, WINDOWS)).toMatchObject({ text: 'C:/data/x', exists: false })
  })
})

test.each([
  ['linux', LINUX],
  ['darwin', MACOS],
  ['win32', WINDOWS],
] as const)('%s is known by the name that Node gives it', (name, platform) => {
  expect(platformOf(name)).toBe(platform)
})

test('an unknown system has the folders of Linux and none of its special files', () => {
  const { reopensStdin, dataHome } = platformOf('freebsd')
  expect([reopensStdin, dataHome({}, '/home/a')]).toEqual([false, '/home/a/.local/share'])
})

test('each system ends at Ctrl-C, and Windows at Ctrl-Break too', () => {
  for (const { endSignals } of [LINUX, MACOS, WINDOWS]) expect(endSignals).toContain('SIGINT')
  expect(WINDOWS.endSignals).toContain('SIGBREAK')
})
