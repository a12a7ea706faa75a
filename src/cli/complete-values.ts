import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../model/json-object.ts'
import { shippedFiles } from '../store/shipped-files.ts'
import { foldersOf } from './folders.ts'

/** One word that may follow, and what it is. */
export interface Candidate {
  word: string
  summary: string
}

/** A file whose name is that of a run. */
const OF_A_RUN = /^([a-z0-9]{4,12})\.(?:jsonl|json)$/
/** Journals that are looked into for identities, and characters of each: a person waits for the answer with each key. */
const JOURNALS = 50
const MOST_CHARACTERS = 1_000_000

/** Ids of runs, by the journals' files; none is read. @param state the folder of `--state`, if it is given */
export function runsIn(state: string | undefined): Candidate[] {
  return idsIn('runs', state).map(word => ({ word, summary: 'run' }))
}

/** Ids of proposals, by their files, without those that were carried out or dismissed. */
export function proposalsIn(state: string | undefined): Candidate[] {
  const folder = join('watch', 'proposals')
  const done = new Set([...idsIn('runs', state), ...namesIn(folder, state).map(dismissedId)])
  return idsIn(folder, state).flatMap(word => (done.has(word) ? [] : [{ word, summary: 'proposal' }]))
}

/** An identity that a run changed, as a journal names it. */
export interface KnownIdentity {
  id: string
  kind: string
  name: string
  /** Whether it belongs to another identity. */
  credential: boolean
}

/**
 * Identities of runs, each once. The journals are not checked: the words are only offered, and the command that gets one checks.
 *
 * @param run its id; all of the latest runs if it is not that of a journal
 */
export function identitiesIn(state: string | undefined, run: string | undefined): KnownIdentity[] {
  const all = idsIn('runs', state)
  const runs = run !== undefined && all.includes(run) ? [run] : all.slice(-JOURNALS)
  const found = runs.flatMap(each => identitiesOf(firstLine(join('runs', `${each}.jsonl`), state)))
  return [...new Map(found.map(each => [each.id, each])).values()]
}

/** Names of the shipped playbooks. */
export function shippedPlaybooks(): Candidate[] {
  return shippedFiles('playbooks').flatMap(file =>
    file.endsWith('.yaml') ? [{ word: file.slice(0, -'.yaml'.length), summary: 'shipped playbook' }] : [],
  )
}

/** The clouds and the kinds of their identities. Loads the clouds, which takes longer than the rest. */
export async function kindsAndClouds(): Promise<{ kinds: Candidate[]; clouds: Candidate[] }> {
  const { providersOf } = await import('../toolkit/clouds.ts')
  const providers = [...(await providersOf()).values()]
  const kinds = providers.flatMap(({ kinds: own }) =>
    own.map(({ name, summary }) => ({ word: name, summary })),
  )
  return {
    kinds: [...new Map(kinds.map(each => [each.word, each])).values()],
    clouds: providers.map(({ cloud, title }) => ({ word: cloud, summary: title })),
  }
}

function dismissedId(name: string): string {
  return name.endsWith('.dismissed') ? name.slice(0, -'.dismissed'.length) : ''
}

function idsIn(folder: string, state: string | undefined): string[] {
  return namesIn(folder, state)
    .flatMap(name => OF_A_RUN.exec(name)?.[1] ?? [])
    .sort()
}

function namesIn(folder: string, given: string | undefined): string[] {
  try {
    return readdirSync(join(stateOf(given), folder))
  } catch {
    // Nothing was ever made here.
    return []
  }
}

function stateOf(given: string | undefined): string {
  return foldersOf({ state: given ?? (process.env['INTERDICT_STATE'] || undefined) }).state
}

function firstLine(file: string, given: string | undefined): unknown {
  try {
    const handle = openSync(join(stateOf(given), file), 'r')
    try {
      const bytes = Buffer.alloc(MOST_CHARACTERS)
      const text = bytes.toString('utf8', 0, readSync(handle, bytes, 0, bytes.length, 0))
      return JSON.parse(text.slice(0, Math.max(0, text.indexOf('\n'))))
    } finally {
      closeSync(handle)
    }
  } catch {
    return undefined
  }
}

function identitiesOf(entry: unknown): KnownIdentity[] {
  const plan = isObject(entry) ? entry['plan'] : undefined
  const changes = isObject(plan) ? plan['changes'] : undefined
  if (!Array.isArray(changes)) return []
  return changes.flatMap((change: unknown) => {
    const identity = isObject(change) ? change['identity'] : undefined
    if (!isObject(identity)) return []
    const { id, kind, name, owner } = identity
    // A word with blanks or control characters would be two words, or none, to a shell.
    if (![id, kind, name].every(each => typeof each === 'string' && /^[^\s\p{C}]+$/u.test(each))) return []
    return [{ id: String(id), kind: String(kind), name: String(name), credential: owner !== undefined }]
  })
}
