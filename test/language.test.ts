import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Paths that match, without recorded journals, whose bytes never change, and without this file. */
function filesOf(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: root })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => !/^test\/(?:journals\/\d+\/|language\.test\.ts$)/.test(file))
    .sort()
}

/** Returns `<file>:<line> <matched text>` for every match in the files. */
function found(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap(file => {
    const text = read(file)
    return [...text.matchAll(pattern)].map(
      ({ 0: match, index }) => `${file}:${text.slice(0, index).split('\n').length} ${match.trim()}`,
    )
  })
}

const sources = filesOf('src/**/*.ts')
const pages = filesOf('docs/**/*.md', '*.md', 'playbooks/*.yaml', 'examples/*')
const tests = filesOf('test/**/*.{ts,mjs,js}', 'scripts/**/*.mjs', 'bin/*')

describe('sentences', () => {
  it('begin with their subject, not with a relative clause', () => {
    expect(found(/\bWhat \w+/g, [...sources, ...pages, ...tests])).toEqual([])
    expect(found(/\b(?:Whatever|Whoever)\b/g, [...sources, ...pages, ...tests])).toEqual([])
  })

  it('begin with nobody only where nobody is the subject', () => {
    const allowed = ['docs/design.md']
    const begun = found(/(?:^|[.:] |\/\*\* |\/\/ | \* |['"`])Nobody \w+/gm, [...sources, ...pages, ...tests])
    expect(begun.filter(each => !allowed.some(file => each.startsWith(`${file}:`)))).toEqual([])
  })
})

/** Words that are replaced everywhere, with the word in their place. */
const RETIRED: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\btold\b/gi, 'reported, printed, notified'],
  [/\bgone on with\b/gi, 'resumed'],
  [/\bwhatever\b/gi, 'name the thing'],
  [/\bwhoever\b/gi, 'name the person'],
  [/\bsaid below\b/gi, 'reported below'],
]

/** Files that need a retired word, with the reason. A file that does not need it any more is removed. */
const NEEDED: Readonly<Record<string, string>> = {
  'src/clouds/aws/interruptions/guard.ts': 'the member `told` of readings in journals',
  'src/clouds/azure/interruptions/detach.ts': 'the member `told` of readings in journals',
  'src/clouds/azure/interruptions/quarantine.ts': 'the member `told` of readings in journals',
  'src/model/interruption.ts': 'the member `told` of readings in journals',
  'src/ui/entry.ts': 'the member `told` of readings in journals',
}

describe('retired words', () => {
  it.each(RETIRED)('%s does not come back (%s)', (word, _) => {
    const back = found(word, [...sources, ...pages])
    expect(back.filter(each => !Object.hasOwn(NEEDED, each.replace(/:.*/s, '')))).toEqual([])
  })

  it('are needed by the files with a reason', () => {
    const all = new RegExp(RETIRED.map(([word]) => word.source).join('|'), 'i')
    expect(Object.keys(NEEDED).filter(file => !all.test(read(file)))).toEqual([])
  })
})

/** Names that do not say what a file holds. */
const OPAQUE = new Set(
  `told turns gone owned rights asking questions ahead aim lost again kept streak counted bounded recent later old into opened
  keep look utils util helpers common misc managers manager`.split(/\s+/),
)

it('no file has a name that does not say what it holds', () => {
  const named = filesOf('src/**/*.ts', 'test/**/*.{ts,mjs}', 'scripts/**/*.mjs')
  expect(named.filter(file => OPAQUE.has(basename(file).replace(/\..*/, '')))).toEqual([])
})

const EXPORT =
  /^export (?:default |declare |abstract |async )*(?:function\*?|class|interface|type|const|let|enum) (\w+)/

/** A public member of a class, at the only indentation that the formatter gives it. */
const MEMBER =
  /^ {2}(?!(?:private|protected|constructor)\b)(?:(?:readonly|static|override|abstract|declare|async|get|set) )*\*?(\w+|\[.+?\])[ !?]?[(<:=]/

/** Returns `<file>:<line> <name>` for every export, and every public member of an exported class, without a doc comment. */
function undocumented(file: string, text = read(file)): string[] {
  const lines = text.split('\n')
  const documented = new Set<string>()
  const missing: string[] = []
  let inClass: string | undefined
  for (const [at, line] of lines.entries()) {
    const [, exported] = EXPORT.exec(line) ?? []
    const [, member] = (inClass === undefined ? undefined : MEMBER.exec(line)) ?? []
    const name = exported ?? (member === undefined ? undefined : `${inClass}.${member}`)
    if (/^\S/.test(line)) inClass = line.includes('class ') ? exported : undefined
    if (name === undefined) continue
    if (lines[at - 1]?.trimEnd().endsWith('*/')) documented.add(name)
    // A type that is inferred from a documented constant of its name, and an overload, share the comment.
    else if (!documented.has(name)) missing.push(`${file}:${at + 1} ${name}`)
  }
  return missing
}

it.each([
  ['export function one() {}', ['a.ts:1 one']],
  ['/** Returns 1. */\nexport const one = 1', []],
  ['export abstract class One {\n  two(): void {}\n  #three = 3\n}', ['a.ts:1 One', 'a.ts:2 One.two']],
  ['/** One. */\nexport class One {\n  constructor() {}\n  readonly two = 2\n}', ['a.ts:4 One.two']],
  ['/** One. */\nexport const One = z\nexport type One = Printed<typeof One>', []],
])('the search for missing doc comments in %j finds %j', (text, missing) => {
  expect(undocumented('a.ts', text)).toEqual(missing)
})

it('every export of model, engine, toolkit, the kit of the clouds and the store has a doc comment', () => {
  const files = filesOf('src/{model,engine,toolkit,store}/**/*.ts', 'src/clouds/kit/**/*.ts', 'src/index.ts')
  expect(files.flatMap(file => undocumented(file))).toEqual([])
})
