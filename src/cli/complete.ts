import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { shippedFiles, shippedText } from '../store/shipped-files.ts'
import { foldersOf } from './folders.ts'
import { print } from './terminal.ts'

/** One word that may follow, and what it is. */
export interface Candidate {
  word: string
  summary: string
}

/** The parts of the manifest that completion reads. */
interface KnownFlag {
  summary?: string
  type: 'boolean' | 'option'
  char?: string
  multiple?: boolean
  allowNo?: boolean
  options?: readonly string[]
}
interface KnownCommand {
  id: string
  hidden?: boolean
  strict?: boolean
  summary?: string
  flags: { [name: string]: KnownFlag }
  args: { [name: string]: { options?: readonly string[] } }
}

/** The commands, runs and playbooks that completion offers. */
export interface Known {
  commands: readonly KnownCommand[]
  topics: { readonly [name: string]: string }
  /** Ids of runs, newest first. @param state the folder of `--state`, if it is given */
  runs(state: string | undefined): Candidate[]
  /** Names of the shipped playbooks. */
  playbooks(): Candidate[]
}

/**
 * Prints the words that may follow, one a line with a tab and what it is: for the scripts of `interdict completion`. Prints
 * nothing where the shell should offer files.
 *
 * @param words the words after `interdict`, the last of them the one to complete, which may be empty
 */
export async function printCompletions(words: readonly string[]): Promise<void> {
  const lines = candidates(words, knownHere()).map(({ word, summary }) => `${word}\t${summary}\n`)
  await print(lines.join(''))
}

/** Returns the words that may stand in place of the last one. Bash splits a word at `=`: `--flag`, `=`, `value`. */
export function candidates(words: readonly string[], known: Known): Candidate[] {
  const joined = splitAtEquals(words)
  const current = joined.at(-1) ?? ''
  const before = joined.slice(0, -1)
  return allCandidates(before, current, known).filter(({ word }) => word.startsWith(current))
}

function allCandidates(before: readonly string[], current: string, known: Known): Candidate[] {
  const asksHelp = before[0] === 'help'
  const named = asksHelp ? before.slice(1) : before
  const found = commandOf(named, known)
  if (found === undefined) return namesAfter(named, known, asksHelp)
  if (asksHelp) return []
  const { command, rest } = found
  const state = flagValue('state', rest)
  const flag = flagBefore(rest, command)
  if (flag !== undefined) return (flag.options ?? []).map(word => ({ word, summary: '' }))
  if (current.startsWith('-')) return flagsOf(command, rest)
  return argumentsOf(command, positions(rest, command), () => known.runs(state), known.playbooks)
}

/** The command that the first words name. */
function commandOf(words: readonly string[], { commands }: Known) {
  for (const count of [2, 1]) {
    const id = words.slice(0, count).join(':')
    const command = words.length >= count ? commands.find(each => each.id === id) : undefined
    if (command) return { command, rest: words.slice(count) }
  }
  return undefined
}

/** The names of commands, or of those of a topic. */
function namesAfter(before: readonly string[], { commands, topics }: Known, asksHelp: boolean): Candidate[] {
  const [topic, ...more] = before
  if (more.length > 0) return []
  const shown = commands.filter(({ hidden }) => hidden !== true)
  if (topic !== undefined) {
    return shown.flatMap(({ id, summary = '' }) =>
      id.startsWith(`${topic}:`) ? [{ word: id.slice(topic.length + 1), summary }] : [],
    )
  }
  const own = shown
    .filter(({ id }) => !id.includes(':'))
    .map(({ id, summary = '' }) => ({ word: id, summary }))
  const above = Object.entries(topics).map(([word, summary]) => ({ word, summary }))
  const words = asksHelp
    ? []
    : [
        { word: 'help', summary: 'Print the help of a command.' },
        { word: 'version', summary: 'Print the version.' },
        { word: '--help', summary: 'Print the help.' },
        { word: '--version', summary: 'Print the version.' },
      ]
  return [...own, ...above, ...words]
}

/** The flag whose value the next word is. */
function flagBefore(rest: readonly string[], { flags }: KnownCommand): KnownFlag | undefined {
  const last = rest.at(-1) ?? ''
  const name = /^--([\w-]+)$/.exec(last)?.[1]
  const char = /^-(\w)$/.exec(last)?.[1]
  const found =
    name === undefined
      ? Object.values(flags).find(flag => char !== undefined && flag.char === char)
      : flags[name]
  return found?.type === 'option' ? found : undefined
}

function flagsOf({ flags }: KnownCommand, rest: readonly string[]): Candidate[] {
  const own = Object.entries(flags).flatMap(([name, flag]) => {
    const { summary = '', multiple = false, allowNo = false } = flag
    if (!multiple && rest.includes(`--${name}`)) return []
    return [name, ...(allowNo ? [`no-${name}`] : [])].map(each => ({ word: `--${each}`, summary }))
  })
  return [...own, { word: '--help', summary: 'Print the help of this command.' }]
}

/** How many arguments stand there already. */
function positions(rest: readonly string[], command: KnownCommand): number {
  return rest.filter(
    (word, at) => !word.startsWith('-') && flagBefore(rest.slice(0, at), command) === undefined,
  ).length
}

function argumentsOf(
  { args, strict = true }: KnownCommand,
  position: number,
  runs: () => Candidate[],
  playbooks: () => Candidate[],
): Candidate[] {
  const names = Object.keys(args)
  const name = names[strict ? position : Math.min(position, names.length - 1)]
  if (name === 'run') return runs()
  if (name === 'playbook') return playbooks()
  return (args[name ?? '']?.options ?? []).map(word => ({ word, summary: '' }))
}

function flagValue(name: string, rest: readonly string[]): string | undefined {
  const at = rest.indexOf(`--${name}`)
  const inline = rest.find(word => word.startsWith(`--${name}=`))
  return at === -1 ? inline?.slice(name.length + 3) : rest[at + 1]
}

/** Words in which `--flag=value`, and what bash makes of it, are two words. */
function splitAtEquals(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const isLast = at === words.length - 1
    if (word === '=') return isLast ? [''] : []
    const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
    return flag === undefined || value === undefined ? [word] : [flag, value]
  })
}

function knownHere(): Known {
  const { commands } = JSON.parse(shippedText('oclif.manifest.json')) as {
    commands: { [id: string]: KnownCommand }
  }
  const { oclif } = JSON.parse(shippedText('package.json')) as {
    oclif: { topics?: { [name: string]: { description: string } } }
  }
  return {
    commands: Object.values(commands),
    topics: Object.fromEntries(
      Object.entries(oclif.topics ?? {}).map(([name, { description }]) => [name, description]),
    ),
    runs: state => runsIn(state),
    playbooks: () =>
      shippedFiles('playbooks').flatMap(file =>
        file.endsWith('.yaml') ? [{ word: file.slice(0, -'.yaml'.length), summary: 'shipped playbook' }] : [],
      ),
  }
}

/** Ids of the journals' files; none is read, since a person waits for the answer with each key. */
function runsIn(given: string | undefined): Candidate[] {
  try {
    const { state } = foldersOf({ state: given ?? (process.env['INTERDICT_STATE'] || undefined) })
    return readdirSync(join(state, 'runs'))
      .flatMap(file => /^([a-z0-9]{4,12})\.jsonl$/.exec(file)?.[1] ?? [])
      .sort()
      .map(word => ({ word, summary: 'run' }))
  } catch {
    // No run was ever made here.
    return []
  }
}
