import { readFile, stat } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import type { Cloud } from '../clouds/index.ts'
import { nearest } from '../model/document/problems.ts'
import { checkEventExpression, EventFlaw, eventValue } from '../model/expression/event.ts'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import { readInput } from '../model/playbook/inputs.ts'
import { parsePlaybook } from '../model/playbook/parse.ts'
import type { Starter } from '../model/playbook/starter.ts'
import { newPlaybook } from '../model/playbook/template.ts'
import type { Signal } from '../model/signal.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { type RecordReading, readingOf } from './watch/judge.ts'
import type { Reading } from './watch/reading.ts'

const MOST_BYTES = 1024 * 1024

/** A request for a new playbook. */
export interface NewPlaybookRequest extends Reading {
  /** In kebab case. */
  name: string
  /** Verbs, or ids of interruptions, in place of those that are usual for the kind. */
  interrupt?: readonly string[] | undefined
  /** The mode of its trigger; `propose` when absent. */
  mode?: 'propose' | 'act' | undefined
  /** Kind of identity that it stops; that of the record when absent, else the first that there is. */
  kind?: string | undefined
  /** A file with a log record that has to start it; an example of the cloud's when absent. */
  record?: string | undefined
  /** The file that the playbook is written to; absent if it is printed, so that no record beside it can be named. */
  file?: string | undefined
}

/** The kinds that new playbooks can be written for, in the order of the clouds. */
export async function startersOf(clouds: readonly Cloud[]): Promise<Starter[]> {
  return (await Promise.all(clouds.map(each => each.starters?.() ?? []))).flat()
}

/**
 * Returns the YAML text of a new playbook whose trigger fires on a record, with that record as its test. Faults: `usage` if the name
 * or the kind is not valid, or if the record has no event whose identity the playbook can stop; `invalid-playbook` if an
 * interruption does not fit.
 */
export async function writePlaybook(clouds: readonly Cloud[], request: NewPlaybookRequest): Promise<string> {
  const { name, kind, record, file } = request
  checkName(name)
  const starters = await startersOf(clouds)
  const options = await readingOf(clouds, request)
  const given = record === undefined ? undefined : await recordIn(record, options)
  const starter = starterFor(starters, kind, given?.event)
  const event = given?.event ?? (await firstEvent(starter.record, options, `the example of ${starter.kind}`))
  const source = newPlaybook({
    name,
    starter,
    ...(request.interrupt === undefined ? {} : { interrupt: request.interrupt }),
    ...(request.mode === undefined ? {} : { mode: request.mode }),
    example: {
      event,
      value: inputValue(starter, event),
      record: given === undefined ? starter.record : (besideOf(file, record) ?? given.record),
    },
  })
  parsePlaybook(source, file ?? name, catalogOf(await providersOf(undefined, clouds)))
  return source
}

function checkName(name: string): void {
  if (/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && name.length <= 64) return
  throw new Fault('usage', `${JSON.stringify(name)} is not a valid name for a playbook`, {
    next: 'lower-case words joined by hyphens',
  })
}

function starterFor(
  starters: readonly Starter[],
  kind: string | undefined,
  event: Signal | undefined,
): Starter {
  const wanted = kind ?? event?.identity.kind
  const found = starters.find(
    each => each.kind === wanted && (event === undefined || each.cloud === event.cloud),
  )
  const [first] = starters
  if (wanted === undefined && event === undefined && first !== undefined) return first
  if (found !== undefined) return found
  const kinds = starters.map(each => each.kind)
  const near = kind === undefined ? undefined : nearest(kind, kinds)
  const of = kind === undefined ? ` (the record's identity is ${wanted ?? 'of no kind that is known'})` : ''
  throw new Fault(
    'usage',
    `no new playbook can be written for ${JSON.stringify(wanted ?? 'this record')}${of}`,
    {
      where: kind === undefined ? '--record' : '--kind',
      next: near === undefined ? `--kind takes ${kinds.join(', ')}` : `did you mean '${near}'?`,
    },
  )
}

async function recordIn(file: string, options: RecordReading): Promise<{ record: Json; event: Signal }> {
  const text = await textOf(file)
  const event = await firstEvent(text, options, file)
  return { record: firstRecord(text), event }
}

async function textOf(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > MOST_BYTES) {
      throw new Fault('usage', `${JSON.stringify(file)} is larger than 1 MiB`, {
        where: '--record',
        next: 'give one record of it',
      })
    }
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new Fault('usage', `cannot read ${JSON.stringify(file)}: ${code}`, { where: '--record' })
  }
}

async function firstEvent(record: Json, options: RecordReading, name: string): Promise<Signal> {
  const { signals, poison } = await options.reader.signalsOf(record, options)
  const [event] = signals
  if (event !== undefined) return event
  throw new Fault('usage', `no event in ${JSON.stringify(name)}: ${poison?.reason ?? 'it is empty'}`, {
    where: '--record',
    next: 'give a record as the cloud writes it, or --mapping FILE for another make',
  })
}

/** The record as data; the first one of a file with one a line. */
function firstRecord(text: string): Json {
  for (const each of [text, text.split('\n').find(line => line.trim() !== '') ?? '']) {
    try {
      return JSON.parse(each) as Json
    } catch {
      // The next form is tried.
    }
  }
  throw new Fault('usage', 'the record is not JSON', { where: '--record' })
}

/** A record that stands beside the playbook or below is named; undefined for another, which goes into the playbook. */
function besideOf(playbook: string | undefined, record: string | undefined): string | undefined {
  if (playbook === undefined || record === undefined) return undefined
  const path = relative(dirname(resolve(playbook)), resolve(record))
  return path === '' || path.startsWith('..') || resolve(path) === path
    ? undefined
    : path.replaceAll(sep, '/')
}

function inputValue({ value: source, input, pattern, kind }: Starter, event: Signal): Json {
  const value = checkEventExpression(source, 'input').expression?.value(eventValue(event))
  const spec = { type: 'string', pattern, description: input, required: true } as const
  const read =
    value === undefined || value instanceof EventFlaw ? { flaw: 'is missing' } : readInput(spec, value)
  if ('value' in read) return read.value
  throw new Fault('usage', `the record does not name the ${kind}: ${source} ${read.flaw}`, {
    where: '--record',
    next: 'give --kind for another kind of identity, or a record that names it',
  })
}
