import { listIdentities } from '../engine/index.ts'
import { compileExpression } from '../model/expression/expression.ts'
import { Fault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Provider } from '../model/provider.ts'
import { unreachedTexts } from '../ui/alike.ts'
import { csvLine } from '../ui/csv.ts'
import { inventoryText } from '../ui/inventory.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { catalogOf, configuredClouds, providersOf } from './clouds.ts'
import { foldersOf } from './folders.ts'
import { watchInterrupts } from './interrupt.ts'
import { openLab } from './lab.ts'
import { writeNew } from './plan-file.ts'
import { closeAll } from './run.ts'
import { cloudsOfFlags, scopeOf } from './scope.ts'
import type { ScopeFlags } from './scope-flags.ts'
import { exitWith, print, tell } from './terminal.ts'
import { sayingWhat } from './waiting.ts'
import { join } from './world.ts'

export interface InventoryRequest extends ScopeFlags {
  state?: string | undefined
  config?: string | undefined
  cloud?: string[] | undefined
  kind?: string[] | undefined
  where?: string | undefined
  format: 'table' | 'json' | 'ndjson' | 'csv'
  lab: boolean
  all: boolean
  out?: string | undefined
}

/** Streams wherever the format allows it: an estate may be larger than memory. */
export async function inventory(request: InventoryRequest): Promise<void> {
  const { chosen, left } = await cloudsFor(request)
  const providers = await providersOf(chosen)
  const scope = scopeOf(request, [...providers.keys()])
  checkKinds(request.kind, providers)
  const { kinds } = catalogOf(providers)
  const where =
    request.where === undefined ? undefined : compileExpression(request.where, { kinds, inputs: {} })
  const interrupt = watchInterrupts()
  const closers: (() => Promise<void>)[] = [async () => interrupt.release()]
  try {
    await interrupt.untilBegun(() => listed())
  } finally {
    await closeAll(closers)
  }

  async function listed(): Promise<void> {
    const lab = request.lab ? await openLab(foldersOf(request).state) : undefined
    if (lab) closers.push(() => lab.close())
    const { signal } = interrupt
    const joined = await join({ providers, scope, lab, listen: () => undefined, signal })
    closers.push(() => joined.close())
    const wanted = request.kind ?? where?.kinds()
    const found = listIdentities(joined.world, {
      ...(wanted ? { kinds: [...wanted] } : {}),
      ...(where ? { where } : {}),
    })
    await sayingWhat('reading the inventory', () => draw(found, request))
    if (left.length > 0)
      tell(`interdict: not set up here, so not looked at: ${left.join(', ')} (--cloud names one)`)
    for (const text of unreachedTexts(joined.world.unreached, await pageOf(process.stderr, request))) {
      tell(`interdict: ${text}`)
      exitWith('incomplete')
    }
  }
}

/** The clouds that --cloud or the scope flags name; else in the lab all of them, elsewhere those that this machine is set up for. */
async function cloudsFor(request: InventoryRequest): Promise<{ chosen?: string[]; left: string[] }> {
  const { cloud, lab } = request
  const named = cloud && cloud.length > 0 ? cloud : cloudsOfFlags(request)
  if (named.length > 0) return { chosen: named, left: [] }
  return lab ? { left: [] } : await configuredClouds()
}

function checkKinds(kinds: readonly string[] | undefined, providers: ReadonlyMap<string, Provider>): void {
  const known = [...providers.values()].flatMap(each => each.kinds.map(({ name }) => name))
  for (const kind of kinds ?? []) {
    if (known.includes(kind)) continue
    throw new Fault('usage', `no kind is called ${JSON.stringify(kind)}`, {
      where: '--kind',
      next: `kinds are ${known.join(', ')}`,
    })
  }
}

async function draw(listed: AsyncIterable<Identity>, { format, out, all }: InventoryRequest): Promise<void> {
  if (out !== undefined || format === 'table') {
    const identities: Identity[] = []
    for await (const identity of listed) identities.push(identity)
    const page = await pageOf(process.stdout, { all: all || process.stdout.isTTY !== true })
    if (out === undefined) return await print(inventoryText(identities, page))
    await writeNew(
      out,
      format === 'table'
        ? jsonText({ identities, counts: countsOf(identities) })
        : textOf(identities, format),
    )
    tell(`${identities.length} identities written to ${out}`)
    return
  }
  if (format !== 'json') {
    if (format === 'csv') await print(CSV_HEAD)
    for await (const identity of listed) await print(lineOf(identity, format))
    return
  }
  // The document of --json, written as it comes.
  const counts: Record<string, number> = {}
  let first = true
  for await (const identity of listed) {
    counts[identity.kind] = (counts[identity.kind] ?? 0) + 1
    await print(`${first ? '{\n"identities": [\n' : ',\n'}${jsonText(identity, 0).trimEnd()}`)
    first = false
  }
  await print(`${first ? '{\n"identities": [' : '\n'}],\n"counts": ${jsonText(counts, 0).trimEnd()}\n}\n`)
}

function textOf(identities: readonly Identity[], format: 'json' | 'ndjson' | 'csv'): string {
  if (format === 'json') return jsonText({ identities, counts: countsOf(identities) })
  return `${format === 'csv' ? CSV_HEAD : ''}${identities.map(identity => lineOf(identity, format)).join('')}`
}

function countsOf(identities: readonly Identity[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of identities) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const CSV_HEAD = csvLine([
  'id',
  'uid',
  'cloud',
  'account',
  'kind',
  'name',
  'owner',
  'enabled',
  'created',
  'lastUsed',
  'facts',
])

function lineOf(identity: Identity, format: 'ndjson' | 'csv'): string {
  if (format === 'ndjson') return jsonText(identity, 0)
  const { id, uid, cloud, account, kind, name, owner, facts } = identity
  const text = (fact: string) =>
    facts[fact] === undefined || facts[fact] === null ? '' : String(facts[fact])
  return csvLine([
    id,
    uid,
    cloud,
    account,
    kind,
    name,
    owner ?? '',
    text('enabled'),
    text('created'),
    text('lastUsed'),
    jsonText(facts, 0).trimEnd(),
  ])
}
