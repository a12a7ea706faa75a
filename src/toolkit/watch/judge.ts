import { readFile } from 'node:fs/promises'
import { type Cloud, recordReader } from '../../clouds/index.ts'
import type { Judge } from '../../guard/ports.ts'
import type { Kept } from '../../guard/saved-state.ts'
import { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import type { Playbook } from '../../model/playbook/playbook.ts'
import type { Timing } from '../../model/timing.ts'
import {
  type Provenance,
  parseMappings,
  parseTokenIssuers,
  type RecordReader,
  type SignalOptions,
} from '../../signals/index.ts'
import type { SealedFolder } from '../../store/sealed-folder.ts'
import { Baseline, Evaluator } from '../../watch/index.ts'
import type { Folders } from '../host.ts'
import { type Housed, underHouse } from '../house.ts'
import { readPlaybook, shippedNames } from '../playbooks.ts'
import type { Reading } from './reading.ts'
import { formatWords } from './source-formats.ts'

type Catalog = Parameters<typeof readPlaybook>[1]

/** Those that were named, else all shipped ones that can start by themselves, under the rules of the house. Fault `usage` when none can. */
export async function watchedPlaybooks(
  given: readonly string[],
  catalog: Catalog,
  housed: Housed,
): Promise<Map<string, Playbook>> {
  const playbooks = new Map<string, Playbook>()
  for (const name of given.length > 0 ? given : await shippedNames()) {
    const playbook = underHouse(await readPlaybook(name, catalog), housed)
    if ((playbook.triggers ?? []).length === 0) {
      if (given.length === 0) continue
      throw new Fault('usage', `${playbook.name} has no triggers`, {
        where: playbook.file,
        next: 'only a person starts it: interdict contain',
      })
    }
    if (playbooks.has(playbook.name)) {
      throw new Fault('usage', `two playbooks are named ${playbook.name}`, { where: playbook.file })
    }
    playbooks.set(playbook.name, playbook)
  }
  return playbooks
}

/** The reader of records, and its options. */
export interface RecordReading extends SignalOptions {
  reader: RecordReader
}

/** How records are read, from the flags. */
export async function readingOf(
  clouds: readonly Cloud[],
  { mapping, tokens, tenant }: Reading,
): Promise<RecordReading> {
  const reader = await recordReader(clouds)
  return {
    reader,
    ...(tenant === undefined ? {} : { tenant }),
    ...(mapping === undefined
      ? {}
      : {
          mappings: checkNames(parseMappings(await textOf(mapping, '--mapping'), mapping), mapping, reader),
        }),
    ...(tokens === undefined ? {} : { tokens: parseTokenIssuers(await textOf(tokens, '--tokens'), tokens) }),
  }
}

/** A mapping cannot pose as one of the formats. */
function checkNames(mappings: Mappings, file: string, reader: RecordReader): Mappings {
  const words = formatWords(reader)
  const taken = mappings.find(({ name }) => words.has(name))
  if (taken === undefined) return mappings
  throw new Fault('invalid-input', `a mapping may not be named ${taken.name}: it is the name of a format`, {
    where: file,
  })
}

type Mappings = ReturnType<typeof parseMappings>

async function textOf(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Fault('usage', `cannot read ${JSON.stringify(file)}`, { where: flag, cause: error })
  }
}

/** Name of the baseline in the folder of a watch. */
export const BASELINE = 'baseline.json'

/** Returns the learned baseline; undefined without one. Faults: `tampered`, `damaged`. */
export async function baselineOf(folder: SealedFolder): Promise<Baseline | undefined> {
  const file = folder.file(BASELINE)
  const learned = await file.read()
  if (learned === undefined) return undefined
  try {
    return Baseline.load(learned)
  } catch (error) {
    throw new Fault('damaged', 'a newer version wrote this baseline', {
      where: file.path,
      next: 'update interdict',
      cause: error,
    })
  }
}

/** Returns the baseline of this state folder; undefined without one. Faults: `tampered`, `damaged`. */
export async function learnedIn(folders: Folders): Promise<Baseline | undefined> {
  const { openSeals } = await import('../../journal/seals.ts')
  const watch = await openSeals(folders).known('watch')
  const learned = watch && (await baselineOf(watch))
  return learned && learned.size > 0 ? learned : undefined
}

/** Facts about the sources of a watch. */
export interface JudgedSources {
  /** Name of a source → what it may deliver. */
  provenance: ReadonlyMap<string, Provenance>
  /** Milliseconds that a record may be old for a trigger to act. */
  maxAge: number
  timing: Timing
}

/**
 * Signals and triggers, as the guard uses them.
 *
 * @param sources absent where a rehearsal makes the records itself
 */
export function judgeOf(
  playbooks: readonly Playbook[],
  reading: RecordReading,
  baseline: Baseline | undefined,
  kept: Pick<Kept, 'judge' | 'changes'> | undefined,
  sources?: JudgedSources,
): Judge {
  const evaluator = new Evaluator(playbooks, baseline ? { baseline } : {})
  if (kept?.judge !== undefined) evaluator.load(kept.judge, kept.changes)
  return {
    read: (record, from) => reading.reader.signalsOf(record, { ...reading, ...optionsFor(from, sources) }),
    observe: (signal, now) => evaluator.observe(signal, now),
    save: () => evaluator.save({ record: true }) as unknown as Json,
    changes: () => evaluator.changes(),
  }
}

function optionsFor(
  { source, sent }: Parameters<Judge['read']>[1],
  sources: JudgedSources | undefined,
): SignalOptions {
  if (sources === undefined) return {}
  const from = sources.provenance.get(source)
  if (from === undefined) throw new Fault('bug', `nobody knows what ${source} may deliver`)
  return { from, age: { sent: sent ?? sources.timing.date(), most: sources.maxAge } }
}

/** Learns and never fires: what is old is usual, too. */
export function learnerOf(reading: RecordReading, baseline: Baseline, sources: JudgedSources): Judge {
  return {
    read: (record, from) => reading.reader.signalsOf(record, { ...reading, ...optionsFor(from, sources) }),
    observe(signal) {
      baseline.learn(signal)
      return { firings: [], problems: [] }
    },
    save: () => null,
  }
}
