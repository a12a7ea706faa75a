import type { Readable } from 'node:stream'
import { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import type { Provenance } from '../../signals/index.ts'
import { openSource, type Source } from '../../sources/index.ts'
import type { Host } from '../host.ts'
import type { RecordReading } from './judge.ts'
import { formattedSource } from './source-formats.ts'

/** Where records come from. */
export interface SourceInput {
  /** `FORMATS@SOURCE` or `SOURCE` alone; one that is named twice is opened once. */
  sources: readonly string[]
  /** Read by the source `-`. */
  input: Readable
  /** Wait for more of a file, also when it is rotated. */
  follow: boolean
  /** End when nothing more is there. */
  once: boolean
  /** Called now and then with the reason why a source waits. */
  waiting(text: string): void
}

/** Open sources, in the order in which they were named. */
interface OpenSources {
  sources: Source[]
  /** Name of a source → what it may deliver. */
  provenance: ReadonlyMap<string, Provenance>
}

/**
 * Opens the sources. Fault `usage` for a source that there is not, or that is named twice.
 *
 * @param positions name of a source → where it had got to
 * @param closers takes what closes those that are open, before the first is opened
 */
export async function openSources(
  { clouds, environment, folders, timing }: Pick<Host, 'clouds' | 'environment' | 'folders' | 'timing'>,
  { sources: named, input, follow, once, waiting }: SourceInput,
  reading: RecordReading,
  positions: { readonly [source: string]: Json },
  closers: (() => Promise<void>)[],
): Promise<OpenSources> {
  const sources: Source[] = []
  const provenance = new Map<string, Provenance>()
  const queues = clouds.flatMap(each => each.queues ?? [])
  closers.push(async () => {
    await Promise.allSettled(sources.map(each => each.close()))
  })
  for (const given of new Set(named)) {
    const { source: form, from } = formattedSource(given, {
      reader: reading.reader,
      mappings: (reading.mappings ?? []).map(({ name }) => name),
      tokens: reading.tokens !== undefined,
      state: folders.state,
    })
    const opening = { once, follow, tell: waiting, positions, input, environment, timing }
    const source = await openSource(form, { ...opening, queues })
    sources.push(source)
    if (provenance.has(source.name)) {
      throw new Fault('usage', `${source.name} is given twice`, {
        where: '--source',
        next: 'name all of its formats in one, as in --source aws,ocsf@…',
      })
    }
    provenance.set(source.name, from)
  }
  return { sources, provenance }
}
