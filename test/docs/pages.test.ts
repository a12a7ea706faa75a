import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core/command'
import { expect, test } from 'vitest'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'

const pages = globSync('docs/*.md')
  .map(file => file.replaceAll('\\', '/'))
  .sort()
const read = (file: string) => readFileSync(file, 'utf8')
/** The text without its code blocks, which hold other programs' flags as well. */
const proseOf = (file: string) => read(file).replaceAll(/```[\s\S]*?```/g, '')

test('every page is in the list of pages', () => {
  const list = read('docs/README.md')
  const missing = pages.filter(page => page !== 'docs/README.md' && !list.includes(`(${basename(page)})`))
  expect(missing).toEqual([])
})

/** The anchor that a heading has on GitHub. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
}

test('every link into a page leads to one of its headings', () => {
  const dead: string[] = []
  for (const page of ['README.md', ...pages]) {
    for (const [, file = '', anchor = ''] of proseOf(page).matchAll(
      /\]\(((?!https?:)[^)#\s]*)#([^)\s]+)\)/g,
    )) {
      const target =
        file === ''
          ? page
          : page === 'README.md'
            ? file
            : file.replace(/^(?:\.\.\/|)/, match => (match === '' ? 'docs/' : ''))
      const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
      if (!headings.includes(anchor)) dead.push(`${page}: ${file}#${anchor}`)
    }
  }
  expect(dead).toEqual([])
})

/** Flags of other programs that pages name: of harnesses, npm, Node, biome and git. */
const OTHERS = new Set([
  ...['--inspect', '--trace-tls', '--tls-keylog', '--trace-event', '--heapsnapshot', '--report-on'],
  ...['--require', '--import', '--write', '--output', '--no-index', '--ext-diff'],
  ...['--bare', '--safe-mode', '--setting-sources', '--settings', '--disable'],
  ...['--no-install', '--ignore-scripts', '--allow-scripts', '--update'],
])

test('every flag that a page names is one of ours', async () => {
  const ours = new Set(['--help', '--version'])
  for (const file of globSync('src/commands/**/*.ts')) {
    const { default: command } = (await import(pathToFileURL(file).href)) as { default: typeof Command }
    for (const [name, flag] of Object.entries({ ...command.baseFlags, ...command.flags })) {
      ours.add(`--${name}`)
      if ('allowNo' in flag && flag.allowNo) ours.add(`--no-${name}`)
    }
  }
  // The gate parses its own command line.
  const gate = globSync(['src/gate/**/*.ts', 'src/cli/gate*.ts']).map(read).join('\n')
  const wrong: string[] = []
  for (const page of ['README.md', ...pages]) {
    for (const [, span = ''] of proseOf(page).matchAll(/`([^`\n]+)`/g)) {
      for (const [flag] of span.matchAll(/(?<![\w-])--[a-z][a-z-]*[a-z]/g)) {
        const known =
          ours.has(flag) ||
          OTHERS.has(flag) ||
          gate.includes(`'${flag}'`) ||
          new RegExp(`\\b${flag.slice(2)}:|'${flag.slice(2)}'`).test(gate)
        if (!known) wrong.push(`${page}: ${flag}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

const TITLES: { readonly [cloud: string]: string } = { aws: 'AWS', gcp: 'Google Cloud', azure: 'Azure' }

test('the table of shipped playbooks has each of them, with its clouds and whether it starts by itself', async () => {
  const catalog = catalogOf(await providersOf())
  const page = read('docs/playbooks.md')
  const rows = new Map(
    [...page.matchAll(/^\| `([a-z0-9-]+)` \|(.*)\|$/gm)].flatMap(([, name = '', rest = '']) => {
      const cells = rest.split('|').map(cell => cell.trim())
      if (cells.length !== 4) return []
      return [[name, { clouds: cells[1], starts: cells[2] !== '' }] as const]
    }),
  )
  const shipped = new Map(
    globSync('playbooks/*.yaml').map(file => {
      const { name, scope, triggers } = parsePlaybook(read(file), file, catalog)
      const clouds = Object.keys(scope).map(cloud => TITLES[cloud])
      const words = clouds.length === 3 ? 'all' : clouds.join(', ')
      return [name, { clouds: words, starts: triggers !== undefined }]
    }),
  )
  for (const [name, { clouds, starts }] of shipped) {
    expect(rows.get(name), name).toEqual({ clouds: expect.stringContaining(clouds), starts })
  }
  expect([...rows.keys()].filter(name => !shipped.has(name))).toEqual([])
})

test('the ids of runs on the pages look like real ones', () => {
  const odd: string[] = []
  for (const page of ['README.md', ...pages]) {
    for (const [, id = ''] of read(page).matchAll(
      /interdict (?:status|verify|guard|resume|restore|rotate|contain) ([a-z0-9]*[0-9][a-z0-9]*)\b/g,
    )) {
      if (!/^[a-hjkmnp-z2-9]{6}$/.test(id)) odd.push(`${page}: ${id}`)
    }
  }
  expect(odd).toEqual([])
})

test('the glossary is in alphabetical order, without a word twice', () => {
  const words = [...read('docs/glossary.md').matchAll(/^\| ([a-z-]+) \|/gm)].map(([, word = '']) => word)
  expect(words.filter(word => word !== 'word')).toEqual(
    [...new Set(words.filter(word => word !== 'word'))].sort(),
  )
})
