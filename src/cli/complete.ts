import { shippedText } from '../store/shipped-files.ts'
import {
  type Candidate,
  identitiesIn,
  type KnownIdentity,
  kindsAndClouds,
  proposalsIn,
  runsIn,
  shippedPlaybooks,
} from './complete-values.ts'
import { GATE_FLAGS, GATE_VERBS } from './gate-words.ts'
import { print } from './terminal.ts'

/** The parts of the manifest that completion reads. */
interface KnownFlag {
  name: string
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
  /** Ids of the proposals that wait. @param state the folder of `--state`, if it is given */
  proposals(state: string | undefined): Candidate[]
  /** Identities that runs changed. @param run that of the command line, if it has one */
  identities(state: string | undefined, run: string | undefined): KnownIdentity[]
  /** Names of the shipped playbooks. */
  playbooks(): Candidate[]
  /** Kinds of identities; none unless the word before asks for one, since they take long to load. */
  kinds(): Candidate[]
  /** Names of the clouds, in the same way. */
  clouds(): Candidate[]
}

/** The first word with which the scripts ask about `interdict-gate`. */
const OF_THE_GATE = '--gate'

/**
 * Prints the words that may follow, one a line with a tab and what it is: for the scripts of `interdict completion`. Prints
 * nothing where the shell should offer files.
 *
 * @param words the words after `interdict`, the last of them the one to complete, which may be empty; after `--gate` those of
 *   `interdict-gate`
 */
export async function printCompletions(words: readonly string[]): Promise<void> {
  const found =
    words[0] === OF_THE_GATE
      ? gateCandidates(words.slice(1), (await import('../gate/call.ts')).HARNESSES)
      : candidates(words, await knownHere(words))
  const lines = found.map(({ word, summary }) => `${word}\t${summary}\n`)
  await print(lines.join(''))
}

/** Returns the words of `interdict-gate` that may stand in place of the last one; none for those of a server's command. */
export function gateCandidates(words: readonly string[], harnesses: readonly string[]): Candidate[] {
  const joined = splitAtEquals(words)
  const current = joined.at(-1) ?? ''
  const before = joined.slice(0, -1)
  const last = before.at(-1)
  const offered = () => {
    if (before.includes('--')) return []
    if (before.length === 0) return [...GATE_VERBS, '--help', '--version']
    if (last === '--harness') return harnesses
    if (GATE_FLAGS.some(flag => last === `--${flag}`)) return []
    return current.startsWith('-') ? GATE_FLAGS.map(flag => `--${flag}`) : []
  }
  return offered().flatMap(word => (word.startsWith(current) ? [{ word, summary: '' }] : []))
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
  if (flag !== undefined)
    return valuesOf(
      flag,
      rest.find((_, at) => isArgument(rest, at, command)),
      state,
      known,
    )
  if (current.startsWith('-')) return flagsOf(command, rest)
  return argumentsOf(command, positions(rest, command), state, known)
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

/** The values that a flag may have: those of the manifest, else those that are known here. @param run the first argument */
function valuesOf(
  { name, options }: KnownFlag,
  run: string | undefined,
  state: string | undefined,
  known: Known,
): Candidate[] {
  if (options) return options.map(word => ({ word, summary: '' }))
  switch (name) {
    case 'kind':
      return known.kinds()
    case 'cloud':
      return known.clouds()
    case 'playbook':
      return known.playbooks()
    case 'dismiss':
      return known.proposals(state)
    case 'identity':
      return known
        .identities(state, undefined)
        .flatMap(({ credential, kind, name: of, id }) =>
          credential ? [] : [{ word: `${kind}/${of}`, summary: id }],
        )
    case 'only':
      return known.identities(state, run).map(({ name: of, id }) => ({ word: of, summary: id }))
    case 'give-back':
      return known
        .identities(state, run)
        .flatMap(({ credential, id }) => (credential ? [{ word: id, summary: 'credential' }] : []))
    case 'interrupt':
      return (known.commands.find(({ id }) => id === 'catalog')?.flags['verb']?.options ?? []).map(word => ({
        word,
        summary: '',
      }))
    default:
      return []
  }
}

/** How many arguments stand there already. */
function positions(rest: readonly string[], command: KnownCommand): number {
  return rest.filter((_, at) => isArgument(rest, at, command)).length
}

function isArgument(rest: readonly string[], at: number, command: KnownCommand): boolean {
  return rest[at]?.startsWith('-') === false && flagBefore(rest.slice(0, at), command) === undefined
}

function argumentsOf(
  { id, args, strict = true }: KnownCommand,
  position: number,
  state: string | undefined,
  { runs, playbooks, proposals }: Known,
): Candidate[] {
  const names = Object.keys(args)
  const name = names[strict ? position : Math.min(position, names.length - 1)]
  if (name === 'run') return runs(state)
  if (name === 'playbook') return id === 'contain' ? [...playbooks(), ...proposals(state)] : playbooks()
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

async function knownHere(words: readonly string[]): Promise<Known> {
  const { commands } = JSON.parse(shippedText('oclif.manifest.json')) as {
    commands: { [id: string]: KnownCommand }
  }
  const { oclif } = JSON.parse(shippedText('package.json')) as {
    oclif: { topics?: { [name: string]: { description: string } } }
  }
  const asked = splitAtEquals(words).at(-2)
  const loaded = asked === '--kind' || asked === '--cloud' ? await kindsAndClouds() : undefined
  return {
    commands: Object.values(commands),
    topics: Object.fromEntries(
      Object.entries(oclif.topics ?? {}).map(([name, { description }]) => [name, description]),
    ),
    runs: runsIn,
    proposals: proposalsIn,
    identities: identitiesIn,
    playbooks: shippedPlaybooks,
    kinds: () => loaded?.kinds ?? [],
    clouds: () => loaded?.clouds ?? [],
  }
}
