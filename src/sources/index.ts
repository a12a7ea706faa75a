import type { Readable } from 'node:stream'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import { fileSource, inputSource } from './files/file.ts'
import { queueSource } from './queue.ts'
import type { Source, SourceOptions } from './source.ts'

export type { Batch, Source } from './source.ts'

export interface Opening extends Omit<SourceOptions, 'position'> {
  input: Readable
  environment: NodeJS.ProcessEnv
  /** Name of a source → where it had got to. */
  positions: { readonly [source: string]: Json }
}

const FORMS = 'file:PATH, -, sqs:URL, pubsub:projects/P/subscriptions/S or azqueue:URL'

/** Opens what `--source` names. Fault `usage` when it names nothing that we know. */
export async function openSource(given: string, opening: Opening): Promise<Source> {
  const { input, environment, positions, ...options } = opening
  if (given === '-') return inputSource(input)
  const [, scheme, rest = ''] = /^([a-z]+):(.+)$/s.exec(given) ?? []
  switch (scheme) {
    case 'file': {
      const { name } = fileSource(rest, options)
      return fileSource(rest, { ...options, position: positions[name] })
    }
    case 'sqs': {
      const { sqsQueue } = await import('../clouds/aws/sources/sqs.ts')
      return queueSource(sqsQueue(rest, options.once ? { wait: 1 } : {}), options)
    }
    case 'pubsub': {
      const { pubsubQueue } = await import('../clouds/gcp/sources/pubsub.ts')
      const endpoint = environment['PUBSUB_EMULATOR_HOST'] || undefined
      return queueSource(pubsubQueue(rest, { endpoint }), options)
    }
    case 'azqueue': {
      const { azureQueue } = await import('../clouds/azure/sources/azqueue.ts')
      return queueSource(await azureQueue(rest, environment), options)
    }
    default:
      throw new Fault('usage', `${JSON.stringify(given.replace(/\?.*/s, ''))} is no source`, {
        where: '--source',
        next: `write it as ${FORMS}`,
      })
  }
}
