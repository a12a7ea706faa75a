import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LEAKED_KEY } from '../../src/lab/aws/seed/index.ts'
import { Desk, expectNoTrace, expectRefusal } from './program.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
  // A run id that climbs would reach this file.
  await mkdir(join(desk.folder, 'elsewhere'))
  await writeFile(join(desk.folder, 'elsewhere', 'target.jsonl'), '{}\n')
  desk.written()
})
afterAll(async () => {
  await desk.close()
})

const KEY = ['--input', `key=${LEAKED_KEY}`]

describe('run ids', () => {
  const IDS = [
    '../elsewhere/target',
    '..',
    '/etc/passwd',
    'a/../../elsewhere/target',
    '%2e%2e%2felsewhere%2ftarget',
    '__proto__',
    'con',
    '-',
    'ab cd',
    '\u001b[31mabcd',
    'x'.repeat(5000),
    'zzzz',
    '',
  ]
  it.each(IDS.map(id => [id.slice(0, 40), id]))('%j', async (_, id) => {
    const ended = await desk.interdict(['restore', '--yes', '--', id])
    expectRefusal(ended, 2, /./)
    expect(ended.stderr).not.toContain('\u001b')
    expect(desk.written()).toEqual([])
  })

  it('no command climbs', async () => {
    expectRefusal(await desk.interdict(['status', '../elsewhere/target']), 2, /run/)
    expectRefusal(await desk.interdict(['resume', '../elsewhere/target']), 2, /run/)
    expectRefusal(await desk.interdict(['verify', '../elsewhere/target']), 2, /run/)
  })
})

describe('nobody is there to be asked', () => {
  it.each<[string[], RegExp]>([
    [['contain', 'leaked-access-key', ...KEY], /--yes/],
    [['contain', 'leaked-access-key', '--lab'], /--yes/],
    [['contain', 'leaked-access-key', '--yes'], /--input/],
    [['plan', 'leaked-access-key'], /--input/],
    [['restore', 'abcd'], /--yes/],
  ])('%j names the flag', async (args, flag) => {
    expectRefusal(await desk.interdict(args), [2, 3], flag)
    expect(desk.written()).toEqual([])
  })
})

describe('inputs', () => {
  it.each<[string, string]>([
    ['one that is huge', `key=AKIA${'A'.repeat(100_000)}`],
    ['one of a pattern that does not match', 'key=akia; rm -rf /'],
    ['one with escapes', 'key=AKIA\u001b[2JAAAAAAAAAAAA'],
    ['one that nobody asked for', 'kez=AKIAIOSFODNN7EXAMPLE'],
    ['a prototype', '__proto__=AKIAIOSFODNN7EXAMPLE'],
    ['no name', '=AKIAIOSFODNN7EXAMPLE'],
    ['no value', 'key'],
    ['an empty value', 'key='],
  ])('%s', async (_, input) => {
    const ended = await desk.interdict(['contain', 'leaked-access-key', '--yes', '--input', input])
    expectRefusal(ended, 2, /key|input/)
    expect(ended.stderr).not.toContain('\u001b')
    expect(ended.stderr.length).toBeLessThan(4000)
    expect(desk.written()).toEqual([])
  })

  it('a list without an end', async () => {
    const accounts = Array.from({ length: 5000 }, (_, at) => String(at).padStart(12, '0')).join(',')
    const ended = await desk.interdict(['plan', 'third-party-stop', '--input', `vendor_accounts=${accounts}`])
    expectRefusal(ended, 2, /vendor_accounts/)
  })
})

describe('wrong usage', () => {
  it.each<[string[]]>([
    [['contain']],
    [['contain', 'leaked-access-key', '--force']],
    [['contain', 'leaked-access-key', ...KEY, '--yes', '--ttl', '99999999999999999999d']],
    [['contain', 'leaked-access-key', ...KEY, '--yes', '--ttl', '-1h']],
    [['contain', 'leaked-access-key', ...KEY, '--yes', '--wait', 'for ever']],
    [['restore', 'abcd', '--drift', 'anything']],
    [['restore', 'abcd', '--yes', '--accept-live-tokens']],
    [['inventory', '--kind', '__proto__']],
    [['inventory', '--cloud', 'constructor']],
    [['inventory', '--where', 'identity.name ==']],
    [['inventory', '--where', 'identity.constructor']],
    [['inventory', '--format', 'xml']],
    [['permissions', 'no-such-playbook']],
    [['drill', 'no-such-playbook']],
    [['playbook', 'show', '../package']],
  ])('%j', async args => {
    expectRefusal(await desk.interdict(args), 2, /./)
    expect(desk.written()).toEqual([])
  })

  it('a command that nobody has is named', async () => {
    const ended = await desk.interdict(['containn', 'leaked-access-key'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/containn/)
    expectNoTrace(ended)
    expect(desk.written()).toEqual([])
  })

  it('as JSON, the error is on stdout', async () => {
    const ended = await desk.interdict(['contain', 'no-such-playbook', '--yes', '--json'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toBe('')
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'usage' }, exit: 2 })
  })

  it('nobody is signed in', async () => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' }
    const wrong = { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA', AWS_SESSION_TOKEN: '' }
    for (const environment of [none, wrong]) {
      expectRefusal(
        await desk.interdict(['contain', 'leaked-access-key', ...KEY, '--yes'], environment),
        2,
        /credential|signature|token|sign in/i,
      )
    }
  })

  it('no run was begun by any of this', async () => {
    await expect(readdir(join(desk.state, 'runs'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
