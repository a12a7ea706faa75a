import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Batch, Source, SourceOptions } from '../source.ts'
import { followed } from './follow.ts'
import { cannotRead, opened } from './open-file.ts'
import { asPlace, startIn } from './place.ts'
import { fromStream, untilFlaw, whole } from './records.ts'

/**
 * A file of records: a record a line, an array, a wrapped array, or either packed with gzip. It is never read again from
 * before its position, unless it is another file by now. `follow` waits for more, and goes on in the new file when it is
 * rotated, by renaming or by truncating, after the rest of the old one.
 */
export function fileSource(given: string, options: SourceOptions): Source {
  const path = resolve(given)
  const name = `file:${path}`
  return {
    name,
    batches: signal => (options.follow ? followed(path, options, signal) : once(path, options, signal)),
    close: async () => undefined,
  }
}

/** Standard input: it has no position, and cannot be asked again. */
export function inputSource(input: Readable): Source {
  return {
    name: '-',
    async *batches(signal) {
      const stop = () => input.destroy()
      signal.addEventListener('abort', stop, { once: true })
      try {
        yield* untilFlaw(fromStream(input, 'standard input', undefined, signal), 'standard input')
      } catch (error) {
        if (!signal.aborted) throw cannotRead('-', error)
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    close: async () => undefined,
  }
}

async function* once(path: string, options: SourceOptions, signal: AbortSignal): AsyncGenerator<Batch> {
  const handle = await opened(path)
  try {
    yield* untilFlaw(whole(handle, path, await startIn(handle, asPlace(options.position)), signal), path)
  } finally {
    await handle.close()
  }
}
