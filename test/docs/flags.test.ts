import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core/command'
import { parse } from '@oclif/core/parser'
import { expect, test } from 'vitest'
import { commandsIn, type Shown, spansIn } from './page.ts'

/** The words with which a page stands for a thing of the reader's. */
const PLACEHOLDERS: { [written: string]: string } = { N: '3', DURATION: '15m', SECONDS: '10' }

const pages = ['README.md', 'AGENTS.md', ...globSync('docs/*.md').sort()]
const blocks = (await Promise.all(pages.map(commandsIn))).flat()
/** In running text a command is named with what the sentence is about, and without what it needs besides. */
const spans = (await Promise.all(pages.map(spansIn))).flat()

const ids = new Map(
  globSync('src/commands/**/*.ts').map(file => [
    file
      .replaceAll('\\', '/')
      .replace(/^src\/commands\//, '')
      .replace(/\.ts$/, '')
      .replaceAll('/', ' '),
    file,
  ]),
)

/** The command that the words begin with, and what follows its name. Undefined for a topic, or none of ours. */
function found({ words }: Shown): { file: string; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const file = ids.get(words.slice(0, length).join(' '))
    if (file !== undefined) return { file, rest: words.slice(length) }
  }
  return undefined
}

async function problemOf(each: Shown, complete: boolean): Promise<string | undefined> {
  // The single executable is the gate as well, by its first word.
  if (each.words[0] === 'interdict-gate') return undefined
  const command = found(each)
  if (command === undefined) return 'no such command'
  const { default: loaded } = (await import(pathToFileURL(command.file).href)) as { default: typeof Command }
  const { args, flags, baseFlags, strict } = loaded
  const argv = command.rest.filter(word => !word.startsWith('[')).map(word => PLACEHOLDERS[word] ?? word)
  try {
    await parse(argv, { args, flags: { ...baseFlags, ...flags }, strict })
    return undefined
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return complete || !/Missing (?:\d+ )?required|must also be provided|expects a value/.test(said)
      ? said
      : undefined
  }
}

test('every command that a page shows is one of ours, with flags and arguments that it has', async () => {
  const wrong: string[] = []
  for (const [list, complete] of [
    [blocks, true],
    [spans, false],
  ] as const) {
    for (const each of list) {
      const problem = await problemOf(each, complete)
      if (problem !== undefined) wrong.push(`${each.page}: ${each.text}: ${problem}`)
    }
  }
  expect(blocks.length).toBeGreaterThan(25)
  expect(spans.length).toBeGreaterThan(10)
  expect(wrong).toEqual([])
})

test('every file that a page names is in the repository', async () => {
  const missing: string[] = []
  for (const page of pages) {
    const text = await readFile(page, 'utf8')
    for (const [, path = ''] of text.matchAll(/\]\(((?!https?:|#)[^)#\s]+)/g)) {
      const from = page.startsWith('docs/') ? `docs/${path}` : path
      await readFile(from).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EISDIR') missing.push(`${page}: ${path}`)
      })
    }
  }
  expect(missing).toEqual([])
})
