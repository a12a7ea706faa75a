import { realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../model/fault.ts'
import { GATE, type Provenance, type RecordReader, TOKEN } from '../../signals/index.ts'

const TOKENS = 'tokens'
const MAPPING = 'mapping'
const BARE = 'bare'

/** Words before the `@` of `--source`, beside the formats themselves and the names of mappings. */
function groupsOf(reader: RecordReader): ReadonlyMap<string, readonly string[]> {
  const own = reader.clouds.map(cloud => [cloud, reader.formatsOf(cloud)] as const)
  return new Map<string, readonly string[]>([...own, [TOKENS, [TOKEN]]])
}

/** Returns the words that no mapping may have as its name. */
export function formatWords(reader: RecordReader): ReadonlySet<string> {
  return new Set([...reader.exported, GATE, ...groupsOf(reader).keys(), TOKEN, MAPPING, BARE])
}

/** The context of a source. */
export interface SourceContext {
  reader: RecordReader
  /** Names of the mappings of `--mapping`. */
  mappings: readonly string[]
  /** Whether `--tokens` is given. */
  tokens: boolean
  /** Folder of the runs, in which the gate writes its refusals. */
  state: string
}

/** A value of `--source` in its parts. */
export interface FormattedSource {
  /** Without its formats: `file:PATH`, `-`, `sqs:URL`, … */
  source: string
  from: Provenance
}

/**
 * Reads `FORMATS@SOURCE`, as in `aws,ocsf@sqs:https://…`, or `SOURCE` alone, which may deliver what its kind usually does. No
 * source begins with words and an `@`, so that a path or a URL may hold any of both. Fault `usage`.
 */
export function formattedSource(given: string, context: SourceContext): FormattedSource {
  const [, words, named] = /^([a-z0-9-]+(?:,[a-z0-9-]+)*)@(.+)$/s.exec(given) ?? []
  const source = named ?? given
  const { reader } = context
  const kind = kindOf(source, reader)
  if (words === undefined)
    return { source, from: { kind, formats: usual(kind, source, context), bare: false } }
  const formats = new Set<string>()
  let bare = false
  for (const word of words.split(',')) {
    if (word === BARE) bare = bareOn(kind, reader)
    else for (const format of formatsOf(word, kind, context)) formats.add(format)
  }
  if (formats.size === 0) for (const format of usual(kind, source, context)) formats.add(format)
  return { source, from: { kind, formats, bare } }
}

/** `file`, or the scheme of a queue. */
function kindOf(source: string, reader: RecordReader): string {
  const [, scheme = ''] = /^([a-z]+):/.exec(source) ?? []
  return reader.queueOf(scheme) === undefined ? 'file' : scheme
}

/** The way of a record: given by hand, in a file, or by a queue of a cloud with the envelopes that it may have. */
export type Delivery = Provenance['kind']

/** The formats that count for a record which came this way. */
export function usualProvenance(via: Delivery, context: Omit<SourceContext, 'state'>): Provenance {
  return { kind: via, formats: usual(via, '', { ...context, state: '' }), bare: false }
}

/** The formats that a source of this kind may deliver if none is named. */
function usual(
  kind: Provenance['kind'],
  source: string,
  { reader, mappings, tokens, state }: SourceContext,
): Set<string> {
  const queue = reader.queueOf(kind)
  if (queue !== undefined) return new Set(reader.formatsOf(queue.cloud))
  if (isRefusals(source, state)) return new Set([GATE])
  return new Set([...reader.exported, ...mappings, ...(tokens ? [TOKEN] : [])])
}

/** The file of the gate of this very state folder. */
function isRefusals(source: string, state: string): boolean {
  if (!source.startsWith('file:')) return false
  return real(resolve(source.slice('file:'.length))) === real(join(state, 'gate', 'refusals.ndjson'))
}

/** Links resolved; of a file that is not there yet, those of its folder. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    try {
      return join(realpathSync(dirname(path)), path.slice(dirname(path).length))
    } catch {
      return path
    }
  }
}

function formatsOf(word: string, kind: Provenance['kind'], context: SourceContext): readonly string[] {
  const { reader, mappings, tokens } = context
  const [groups, formats] = [groupsOf(reader), [...reader.exported, GATE]]
  const found =
    groups.get(word) ??
    (word === MAPPING ? mappings : formats.includes(word) || mappings.includes(word) ? [word] : undefined)
  if (found === undefined) {
    throw new Fault('usage', `${JSON.stringify(word)} is not a format of records`, {
      where: '--source',
      next: `name some of ${[...groups.keys(), MAPPING, ...formats, ...mappings, BARE].join(', ')}`,
    })
  }
  if (word === MAPPING && mappings.length === 0) throw missing(word, '--mapping FILE')
  if (word === TOKENS && !tokens) throw missing(word, '--tokens FILE')
  if (word === GATE && kind !== 'file') {
    throw new Fault('usage', 'records of the gate come from its own file only', {
      where: '--source',
      next: 'use file: and the path of gate/refusals.ndjson in the state folder',
    })
  }
  return found
}

function missing(word: string, flag: string): Fault {
  return new Fault('usage', `a source may deliver ${word}, and nothing says how they are read`, {
    where: '--source',
    next: `add ${flag}`,
  })
}

function bareOn(kind: Provenance['kind'], reader: RecordReader): true {
  if (reader.queueOf(kind)?.bare) return true
  throw new Fault('usage', 'bare is for sqs: sources, whose records come in events of EventBridge', {
    where: '--source',
    next: 'leave out bare',
  })
}
