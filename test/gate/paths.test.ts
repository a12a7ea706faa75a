import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Budget } from '../../src/gate/budget.ts'
import { compileRule } from '../../src/gate/environment.ts'
import { slowly } from '../../src/gate/gate.ts'
import { PathBook, pathFlaw } from '../../src/gate/paths.ts'
import { judge } from '../../src/gate/policy.ts'
import { callOf, policyOf, wholeVerdict } from './judging.ts'

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'interdict-paths-')))
  for (const name of ['data/sub', 'secret', 'database']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'data/x'), 'x')
  writeFileSync(join(folder, 'secret/key'), 'x')
  symlinkSync(join(folder, 'secret'), join(folder, 'data/out'))
  symlinkSync('../secret/key', join(folder, 'data/file-out'))
  symlinkSync('../secret/new', join(folder, 'data/dangling-out'))
  symlinkSync('sub', join(folder, 'data/in'))
  symlinkSync(join(folder, 'data'), join(folder, 'alias'))
  symlinkSync('loop', join(folder, 'data/loop'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rule = () => `path(args.path).within("${folder}/data")`
const quickly = async (path: string, cwd?: string) => {
  const policy = policyOf(`version: 1\nrules: [{ name: data, effect: allow, when: '${rule()}' }]\n`)
  const call = callOf('Read', { path }, cwd === undefined ? {} : { cwd })
  return await judge(policy, call, new Date(), slowly, new Budget(60))
}
const whole = (path: string, cwd?: string) =>
  wholeVerdict(rule(), callOf('Read', { path }, cwd === undefined ? {} : { cwd }))

const INSIDE: [string, string?][] = [
  ['/data'],
  ['/data/'],
  ['/data/x'],
  ['/data//./x'],
  ['/data/sub/../x'],
  ['/data/new'],
  ['/data/new/deep/file.txt'],
  ['/data/in/new'],
  ['/alias/x'],
  ['/data/Ordner für Bücher/ä.txt'],
  ['/data/$name'],
]
test.each(INSIDE)('path() finds %s inside', async path => {
  expect(await quickly(folder + path)).toMatchObject({ effect: 'allow', rule: 'data' })
  expect(whole(folder + path)).toBe(true)
})

const OUTSIDE: [string, string][] = [
  ['a sibling whose name begins alike', '/database'],
  ['the folder above', '/data/..'],
  ['through ..', '/data/../secret/key'],
  ['through .. of a missing folder', '/data/none/../../secret/key'],
  ['through a link to a folder', '/data/out/key'],
  ['through a link to a folder, new file', '/data/out/new'],
  ['through a link to a file', '/data/file-out'],
  ['through a link to a file that is not there yet', '/data/dangling-out'],
  ['through .. behind a link', '/data/out/../x'],
  ['through .. behind a link, the other way', '/data/in/../../secret/key'],
  ['through a link to itself', '/data/loop'],
  ['through a file', '/data/x/y'],
  ['NUL', '/data/\0/../../secret/key'],
  ['NUL at the end', '/data/x\0.txt'],
  ['newline', '/data/x\n/secret'],
  ['full-width dots', '/data/．．/secret/key'],
  ['full-width slash', '/data/..／secret/key'],
  ['a dot leader of two', '/data/‥/secret/key'],
  ['full-width backslash', '/data/..＼secret'],
  ['backslash', '/data/..\\secret\\key'],
  ['half a surrogate pair', '/data/\ud800'],
  ['too long', `/data/${'a/'.repeat(3_000)}x`],
]
test.each(OUTSIDE)('path() does not find inside: %s', async (_, path) => {
  expect(await quickly(folder + path)).toMatchObject({ effect: 'deny', because: 'policy' })
  expect(whole(folder + path)).not.toBe(true)
})

test.each([
  ['', 'it is empty'],
  ['~/x', 'it begins with ~'],
  ['file:///etc/passwd', 'it reads like a URL'],
  ['FILE:/etc/passwd', 'it reads like a URL'],
])('path() refuses %j', async (path, why) => {
  expect(pathFlaw(path)).toContain(why)
  expect((await quickly(path, join(folder, 'data'))).reason).toContain(why)
  expect(whole(path, join(folder, 'data'))).toEqual({ why: expect.stringContaining(why) })
})

test('a relative path is one of the folder that the harness reports', async () => {
  expect(await quickly('x', join(folder, 'data'))).toMatchObject({ effect: 'allow' })
  expect(await quickly('../secret/key', join(folder, 'data'))).toMatchObject({ effect: 'deny' })
  expect(await quickly('data/x', folder)).toMatchObject({ effect: 'allow' })
  expect((await quickly('x')).reason).toContain('its path is relative, and the harness does not say to what')
  expect((await quickly('x', 'data')).reason).toContain('its path is relative')
})

test('a folder of within() that does not exist denies, whatever the effect of the rule is', async () => {
  for (const effect of ['allow', 'ask', 'deny']) {
    const policy = policyOf(
      `version: 1\nrules: [{ effect: ${effect}, when: 'path(args.path).within("${folder}/none")' }]\n`,
    )
    const { effect: got, reason } = await judge(
      policy,
      callOf('Read', { path: `${folder}/data/x` }),
      new Date(),
      slowly,
    )
    expect({ got, reason }).toEqual({
      got: 'deny',
      reason: expect.stringContaining('the folder of within() does not exist'),
    })
  }
})

test('within() knows a folder by its identity, whichever name it is written by', async () => {
  const when = `path(args.path).within("${folder}/alias")`
  const policy = policyOf(`version: 1\nrules: [{ effect: allow, when: '${when}' }]\n`)
  const call = callOf('Read', { path: `${folder}/data/x` })
  expect(await judge(policy, call, new Date(), slowly)).toMatchObject({ effect: 'allow' })
  expect(wholeVerdict(when, call)).toBe(true)
})

test('all paths of a list are followed', async () => {
  const when = `args.paths.all(p, path(p).within("${folder}/data"))`
  const policy = policyOf(`version: 1\nrules: [{ effect: allow, when: '${when}' }]\n`)
  const decide = (names: string[]) =>
    judge(policy, callOf('Read', { paths: names.map(name => folder + name) }), new Date(), slowly)
  expect(await decide(['/data/x', '/data/new', '/data/sub'])).toMatchObject({ effect: 'allow' })
  expect(await decide(['/data/x', '/data/new', '/data/out/key'])).toMatchObject({ effect: 'deny' })
  const many = await decide(Array.from({ length: 300 }, (_, n) => `/data/${n}`))
  expect(many).toMatchObject({ effect: 'deny' })
  expect(many.reason).toContain('more than 256 paths')
})

test('path() compares as text, without its links', async () => {
  const when = `path(args.path) == "${folder}/secret/key"`
  const call = callOf('Read', { path: `${folder}/data/file-out` })
  const policy = policyOf(`version: 1\nrules: [{ effect: allow, when: '${when}' }]\n`)
  expect(await judge(policy, call, new Date(), slowly)).toMatchObject({ effect: 'allow' })
  expect(wholeVerdict(when, call)).toBe(true)
})

test('within() of a text that was not followed, and of a relative folder, is a mistake', () => {
  expect(compileRule('args.path.within("/srv")').flaws).toMatchObject([
    { message: 'within() is asked of a path', start: 0 },
  ])
  expect(compileRule('path(args.path).within("srv")').flaws).toMatchObject([
    { message: 'the folder of within() has to be absolute' },
  ])
})

test('a file system that does not answer ends with the budget', async () => {
  const book = new PathBook(() => new Promise(() => undefined))
  expect(book.find('/srv/x', undefined)).toBeUndefined()
  await expect(book.follow(new Budget(0.05))).rejects.toThrow('no decision within 0.05 s')
})
