import { Fault } from '../model/fault.ts'
import type { Interruption, Verb } from '../model/interruption.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import type { CatalogResult, InterruptionResult } from '../toolkit/results/catalog.ts'
import { catalogText, interruptionText } from '../ui/catalog.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { print } from './terminal.ts'

export interface CatalogRequest {
  cloud?: string[] | undefined
  verb?: Verb | undefined
  interruption?: string | undefined
  json: boolean
}

export async function showCatalog({ cloud, verb, interruption, json }: CatalogRequest): Promise<void> {
  const { interruptions, kinds } = catalogOf(await providersOf(cloud))
  const page = await pageOf(process.stdout, { now: timestamp(REAL) })
  if (interruption !== undefined) {
    const found =
      interruptions.find(({ id }) => id === interruption) ?? (await unknown(interruption, interruptions))
    return await print(json ? jsonText(plainOf(found)) : interruptionText(found, page))
  }
  const shown = interruptions.filter(({ verbs }) => verb === undefined || verbs.includes(verb))
  if (!json) return await print(catalogText(shown, page))
  await print(
    jsonText({
      interruptions: shown.map(plainOf),
      kinds: kinds.map(({ name, summary, credential, facts }) => ({ name, summary, credential, facts })),
    } satisfies CatalogResult),
  )
}

function plainOf(interruption: Interruption): InterruptionResult {
  const { id, summary, verbs, on, leaves, lapses, undoneBy, reversal, permissions, example } = interruption
  return {
    id,
    summary,
    verbs,
    on,
    leaves,
    ...(lapses === undefined ? {} : { lapses }),
    ...(undoneBy === undefined ? {} : { undoneBy }),
    reversal,
    permissions,
    ...(example === undefined ? {} : { example }),
  }
}

async function unknown(name: string, interruptions: readonly Interruption[]): Promise<never> {
  const { nearest } = await import('../model/document/problems.ts')
  const near = nearest(
    name,
    interruptions.map(({ id }) => id),
  )
  throw new Fault('usage', `no interruption is called ${JSON.stringify(name)}`, {
    next: near === undefined ? 'interdict catalog lists them' : `did you mean ${near}?`,
  })
}
