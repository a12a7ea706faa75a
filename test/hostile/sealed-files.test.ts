import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSeals } from '../../src/journal/seals.ts'
import type { SealedFolder } from '../../src/store/sealed-folder.ts'
import { isWhole } from '../setup/whole.ts'

const LONG = 120_000
/** Forgeries of one kind that are tried on a file. */
const MOST = 120
const LOG = 'firings.jsonl'
const FILES = ['state.json', 'baseline.json']

/** The content that a watch reads from a file, or that it refuses the file. */
type Said = { refused: string } | { says: unknown }

let root: string
/** The folder of the watch, and that of another state folder with the same key. */
let watch: SealedFolder
let other: SealedFolder
/** Content of each file over time, oldest first; the last is on disk. */
const history = new Map<string, Buffer[]>()
/** Files of the same machine that stand for something else. */
const strangers = new Map<string, Buffer>()
const counts = { tried: 0, refused: 0, harmless: 0 }

const folder = (state: string, name = 'watch') =>
  openSeals({ state: join(root, state), config: join(root, 'config') }).folder(name)

const fired = (n: number) => ({ type: 'fired', at: '2026-01-01T00:00:00Z', fired: { id: `f${n}` } })

async function note(file: string): Promise<void> {
  history.set(file, [...(history.get(file) ?? []), await readFile(join(watch.path, file))])
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'interdict-sealed-'))
  watch = await folder('state')
  other = await folder('other')
  const learning = await folder('state', 'watch/learning')
  for (const each of [watch, other, learning]) {
    const log = each.log(LOG)
    await log.open()
    for (let n = 0; n < 4; n++) {
      await log.append(fired(n))
      await log.marked()
      if (each === watch) await note(LOG)
    }
    // Written anew, as every start of a watch does: another generation of the same entries.
    await log.replace([fired(0), fired(1), fired(2)])
    if (each === watch) await note(LOG)
    await log.append(fired(5))
    await log.append(fired(6))
    await log.close()
    if (each === watch) await note(LOG)
    for (const name of FILES) {
      const file = each.file(name)
      for (let n = 0; n < 3; n++) {
        await file.write({ version: 1, positions: { a: n }, name })
        if (each === watch) await note(name)
      }
    }
  }
  for (const name of [LOG, ...FILES]) {
    strangers.set(`${name} of another state folder`, await readFile(join(other.path, name)))
    strangers.set(`${name} of a watch that learned`, await readFile(join(learning.path, name)))
  }
}, LONG)

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  console.log(
    `sealed files: ${counts.tried} forgeries, ${counts.refused} refused, ${counts.harmless} that said the same, 0 believed`,
  )
})

const newest = (file: string) => history.get(file)?.at(-1) ?? Buffer.alloc(0)

async function read(file: string): Promise<Said> {
  try {
    const again = await folder('state')
    if (file !== LOG) return { says: await again.file(file).read() }
    const log = again.log(LOG)
    const says = await log.open()
    await log.close()
    return { says }
  } catch (error) {
    const { code, next } = error as { code?: string; next?: string }
    // Never a stack trace, and always a way on.
    expect(code, String(error)).toBe('tampered')
    return { refused: next ?? '' }
  }
}

/** Returns so many, spread evenly, and always the first; all of them in the whole run. */
function some<Each>(all: readonly Each[]): Each[] {
  const step = isWhole ? 1 : Math.max(1, all.length / MOST)
  return all.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step))
}

/** Puts each of them in the place of a file, and expects that none is believed. */
async function expectDisbelief(file: string, forgeries: Iterable<[string, Buffer]>): Promise<number> {
  const path = join(watch.path, file)
  const truth = await read(file)
  const believed: string[] = []
  let tried = 0
  for (const [what, bytes] of some([...forgeries])) {
    if (bytes.equals(newest(file))) continue
    await writeFile(path, bytes)
    const said = await read(file)
    tried++
    counts.tried++
    if ('refused' in said) counts.refused++
    else if (JSON.stringify(said) === JSON.stringify(truth)) counts.harmless++
    else believed.push(`${what}: ${JSON.stringify(said)}`)
  }
  await writeFile(path, newest(file))
  expect(await read(file)).toEqual(truth)
  expect(believed).toEqual([])
  return tried
}

const linesOf = (bytes: Buffer) => bytes.toString('latin1').trimEnd().split('\n')
const joined = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`, 'latin1')

function* flips(bytes: Buffer): Iterable<[string, Buffer]> {
  for (let at = 0; at < bytes.length; at += 2) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    yield [`byte ${at} flipped`, flipped]
  }
}

function* cuts(bytes: Buffer): Iterable<[string, Buffer]> {
  for (let at = 0; at < bytes.length; at += 7) yield [`cut off at ${at}`, bytes.subarray(0, at)]
}

function* lineForgeries(bytes: Buffer): Iterable<[string, Buffer]> {
  const lines = linesOf(bytes)
  const all = [...history.values()].flat().flatMap(linesOf)
  const others = [...strangers.values()].flatMap(linesOf)
  for (const [at, line] of lines.entries()) {
    const [before, after] = [lines.slice(0, at), lines.slice(at + 1)]
    yield [`line ${at} dropped`, joined([...before, ...after])]
    yield [`line ${at} twice`, joined([...before, line, line, ...after])]
    if (after.length > 0) {
      yield [
        `lines ${at} and ${at + 1} swapped`,
        joined([...before, ...after.slice(0, 1), line, ...after.slice(1)]),
      ]
    }
    for (const each of [...all, ...others, ...unsealed()]) {
      yield [`line ${at} replaced`, joined([...before, each, ...after])]
      yield [`a line before ${at}`, joined([...before, each, line, ...after])]
    }
  }
  for (const each of [...all, ...others, ...unsealed(), ...resealed(lines)]) {
    yield ['a line added at the end', joined([...lines, each])]
  }
}

/** Lines as somebody writes them who knows the format and has no key. */
function unsealed(): string[] {
  const body = JSON.stringify(fired(9))
  return [
    body,
    `{"v":1,"entry":${body}}`,
    `{"v":1,"value":${body},"hash":"${'0'.repeat(64)}","sig":"${'A'.repeat(86)}=="}`,
    'null',
    '[]',
    '{"__proto__":{"v":1}}',
  ]
}

/** The next line, with the right place and hash: with the signature of the last line, and signed with another key. */
function resealed(lines: readonly string[]): string[] {
  const last = JSON.parse(lines.at(-1) ?? '{}') as { [name: string]: unknown }
  const { generation, seq, hash: prev, sig } = last
  const text = JSON.stringify({ v: 1, generation, seq: Number(seq) + 1, prev, entry: fired(9) })
  const hash = createHash('sha256').update(text).digest('hex')
  const { privateKey } = generateKeyPairSync('ed25519')
  const foreign = sign(null, Buffer.from(hash), privateKey).toString('base64')
  return [String(sig), foreign].map(each => `${text.slice(0, -1)},"hash":"${hash}","sig":"${each}"}`)
}

describe.each([LOG, ...FILES])('%s', file => {
  it(
    'is not believed with a byte flipped or its end cut off',
    async () => {
      expect(await expectDisbelief(file, flips(newest(file)))).toBeGreaterThan(100)
      expect(await expectDisbelief(file, cuts(newest(file)))).toBeGreaterThan(30)
    },
    LONG,
  )

  it(
    'is not believed with a line dropped, swapped, repeated, added or replaced',
    async () => {
      expect(await expectDisbelief(file, lineForgeries(newest(file)))).toBeGreaterThan(30)
    },
    LONG,
  )

  it(
    'is not believed when it is an older one, or another file of this machine',
    async () => {
      const older = (history.get(file) ?? []).map((bytes, at): [string, Buffer] => [`version ${at}`, bytes])
      const others = [...history]
        .filter(([name]) => name !== file)
        .flatMap(([name, all]) => all.map((each): [string, Buffer] => [name, each]))
      await expectDisbelief(file, [...older, ...others, ...strangers, ['nothing', Buffer.alloc(0)]])
    },
    LONG,
  )

  it('is not believed when it is missing, a link or a folder, and is refused with a way on', async () => {
    const path = join(watch.path, file)
    const genuine = newest(file)
    const put: (() => Promise<unknown>)[] = [
      async () => undefined,
      async () => {
        await writeFile(join(root, 'elsewhere'), genuine)
        await symlink(join(root, 'elsewhere'), path)
      },
      () => mkdir(path),
    ]
    for (const each of put) {
      await rm(path, { recursive: true, force: true })
      await each()
      counts.tried++
      const said = await read(file)
      expect(said).toHaveProperty('refused')
      counts.refused++
    }
    await rm(path, { recursive: true, force: true })
    await writeFile(path, genuine)
    expect(await read(file)).toHaveProperty('says')
  })

  it('is not believed after it was set aside, and nothing is in its place', async () => {
    const path = join(watch.path, file)
    const genuine = newest(file)
    const again = await folder('state')
    const sealed = file === LOG ? again.log(LOG) : again.file(file)
    await writeFile(path, '{}\n')
    expect(await sealed.flaw()).toMatchObject({
      code: 'tampered',
      next: expect.stringContaining('--trust-state'),
    })
    const aside = await sealed.setAside()
    expect(aside).toBe(`${path}.refused-1`)
    expect(await readFile(aside ?? '', 'utf8')).toBe('{}\n')
    expect(await read(file)).toEqual({ says: file === LOG ? [] : undefined })
    await writeFile(path, genuine)
    expect(await read(file)).toHaveProperty('refused')
  })
})

it('a file whose head cannot be read is refused, and can be set aside', async () => {
  const again = await folder('third')
  const file = again.file('state.json')
  await file.write({ version: 1 })
  const head = join(root, 'config', 'heads')
  const { id } = await placeOf(join(root, 'third'))
  await writeFile(join(head, id, 'files', 'watch.state.json'), 'no head')
  const fresh = (await folder('third')).file('state.json')
  expect(await fresh.flaw()).toMatchObject({ code: 'tampered' })
  await fresh.setAside()
  expect(await fresh.flaw()).toBeUndefined()
  expect(await fresh.read()).toBeUndefined()
  expect(dirname(fresh.path)).toBe(again.path)
})

async function placeOf(state: string): Promise<{ id: string }> {
  return { id: (await readFile(join(state, 'id'), 'utf8')).trim() }
}
