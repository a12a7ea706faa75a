import type { Readable } from 'node:stream'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'

export { sourceForms } from './forms.ts'

import { fileSource, inputSource } from './files/file.ts'
import { sourceForms } from './forms.ts'
import { queueSource } from './queue.ts'
import type { QueueKind } from './queue-kind.ts'
import type { Source, SourceOptions } from './source.ts'

export type { QueueKind } from './queue-kind.ts'
export type { Batch, Source } from './source.ts'

export interface Opening extends Omit<SourceOptions, 'position'> {
  input: Readable
  environment: NodeJS.ProcessEnv
  /** Queues of the clouds that may be named. */
  queues: readonly QueueKind[]
  /** Name of a source → where it had got to. */
  positions: { readonly [source: string]: Json }
}

/** Opens the source that `--source` names. Fault `usage` when it names none. */
export async function openSource(given: string, opening: Opening): Promise<Source> {
  const { input, environment, positions, queues, ...options } = opening
  if (given === '-') return inputSource(input)
  const [, scheme, rest = ''] = /^([a-z]+):(.+)$/s.exec(given) ?? []
  if (scheme === 'file') {
    const { name } = fileSource(rest, options)
    return fileSource(rest, { ...options, position: positions[name] })
  }
  const kind = queues.find(each => each.scheme === scheme)
  if (kind !== undefined) {
    return queueSource(await kind.open(rest, { once: options.once, environment }), options)
  }
  throw new Fault('usage', `${JSON.stringify(given.replace(/\?.*/s, ''))} is not a valid source`, {
    where: '--source',
    next: `write it as ${sourceForms(queues)}`,
  })
}
