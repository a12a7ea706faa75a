import { HELPER, TAKEN_OVER } from '../azure/seed/armed.ts'
import { appId, objectId, SUBSCRIPTIONS } from '../azure/seed/ids.ts'
import type { Troupe } from './actor.ts'
import { AzureCloud, type Resource } from './azure-credentials.ts'
import { AzureRights, type Photograph, type Target } from './azure-rights.ts'
import { type FightOptions, IN_TOKEN, type Loop, Round, restOf } from './fight.ts'
import { randomFrom } from './random.ts'

/**
 * Thieves that fight for an application of Azure. They do not announce continuous access evaluation: no thief asks to be
 * refused at once because its token was revoked.
 */
export async function azureFighters(endpoint: string, options: FightOptions): Promise<Troupe> {
  const cloud = new AzureCloud(endpoint, { evaluated: false })
  const parts = Object.entries(CAST).map(([name, part]) => [
    name,
    async () => {
      const taken = TAKEN_OVER[name]
      return part === undefined || taken === undefined ? [] : await fightOf(cloud, part, taken, options)
    },
  ])
  const helpers = Object.keys(TAKEN_OVER).map(thief => [thief, objectId(HELPER)])
  return {
    parts: Object.fromEntries(parts),
    helpers: Object.fromEntries(options.helper === true ? helpers : []),
    close: () => undefined,
  }
}

interface Part {
  secret: string
  obtain: (cloud: AzureCloud, resource: Resource) => Promise<string>
  /** Registered in another tenant, or not an application. */
  foreign?: true
}

const CAST: { readonly [thief: string]: Part | undefined } = {
  'consented-app': {
    secret: 'payments-stripe',
    obtain: (cloud, resource) => cloud.bySecret('mail-insights', 'mail-insights/stolen', resource),
  },
  'rogue-agent': {
    secret: 'payments-stripe',
    obtain: (cloud, resource) =>
      cloud.byBlueprint('agent-refunds', 'support-agents', 'support-agents/platform', resource),
    foreign: true,
  },
  'breached-vendor-azure': {
    secret: 'orders-database',
    obtain: (cloud, resource) => cloud.bySecret('vendor-sync', 'vendor-sync', resource),
    foreign: true,
  },
  'forged-workflow-azure': {
    secret: 'payments-stripe',
    obtain: (cloud, resource) => cloud.byWorkflow('shop-deploy', 'repo:acme/shop:pull_request', resource),
  },
}

const RESOURCES = ['graph', 'arm', 'vault'] as const

/** Tokens by what they are for; the newest first. */
type Held = { [resource in Resource]: string[] }

async function fightOf(
  cloud: AzureCloud,
  { secret, obtain, foreign }: Part,
  name: string,
  options: FightOptions,
): Promise<Loop[]> {
  const rights = new AzureRights(cloud)
  const scope = `/subscriptions/${SUBSCRIPTIONS.production}`
  const own = (resource: Resource) => obtain(cloud, resource)
  const other = (resource: Resource) => cloud.bySecret(HELPER, `${HELPER}/terraform`, resource)
  const earlier = await held(own)
  const target: Target = {
    principal: objectId(name),
    application: foreign ? undefined : appId(name),
    scope,
    inGroups: namesGroups(earlier),
  }
  const start = await rights.photograph(earlier.graph[0] ?? '', earlier.arm[0] ?? '', target)
  const loops = [loopOf('fight', options.seed, own, earlier, false, [start])]
  if (options.helper === true) {
    const kept = await held(other)
    const itself: Target = {
      principal: objectId(HELPER),
      application: appId(HELPER),
      scope,
      inGroups: namesGroups(kept),
    }
    const before = await rights.photograph(kept.graph[0] ?? '', kept.arm[0] ?? '', itself)
    // It looks after the other identity first, and then after itself.
    loops.push(loopOf('helper', options.seed + 1, other, kept, true, [start, before]))
  }
  return loops

  function loopOf(
    loop: string,
    seed: number,
    from: (resource: Resource) => Promise<string>,
    before: Held,
    helper: boolean,
    wanted: readonly Photograph[],
  ): Loop {
    const random = randomFrom(seed)
    return {
      name: loop,
      rest: restOf(options, random),
      async round(ledger) {
        const round = new Round(ledger, random, options)
        const fresh = await held(from)
        const { graph, arm } = await use(round, cloud, fresh, before, secret, helper)
        for (const photograph of wanted) await rights.undo(round, { graph, arm }, photograph, { helper })
      },
    }
  }
}

/** Whether the token for Azure Resource Manager names groups; a thief reads its own tokens. */
function namesGroups({ arm: [token = ''] }: Held): boolean {
  const claims: unknown = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8') || '{}',
  )
  const { groups } = claims as { groups?: unknown }
  return Array.isArray(groups) && groups.length > 0
}

/** New tokens, as many as are given. */
async function held(obtain: (resource: Resource) => Promise<string>): Promise<Held> {
  const given = await Promise.all(
    RESOURCES.map(async resource => {
      const token = await obtain(resource).catch(() => undefined)
      return [resource, token === undefined ? [] : [token]] as const
    }),
  )
  return { graph: [], arm: [], vault: [], ...Object.fromEntries(given) }
}

/** Reads what it is after with every token; resolves with all of them, those that were accepted first. */
async function use(
  round: Round,
  cloud: AzureCloud,
  fresh: Held,
  earlier: Held,
  secret: string,
  helper: boolean,
): Promise<{ graph: string[]; arm: string[] }> {
  const accepted = new Set<string>()
  const reads = [
    ...both(fresh.vault, earlier.vault).map(([age, token]) => ({
      way: `Key Vault, ${age} token`,
      token,
      read: () => cloud.readSecret(token, secret),
    })),
    ...both(fresh.graph, earlier.graph).map(([age, token]) => ({
      way: `${IN_TOKEN}Graph, ${age} token`,
      token,
      read: () => cloud.call(token, 'GET', '/v1.0/servicePrincipals?$top=1&$select=id'),
    })),
  ]
  await round.each(reads, async ({ way, token, read }) => {
    if (await round.attempt(way, helper, read)) accepted.add(token)
  })
  const order = (tokens: string[]) => [
    ...tokens.filter(each => accepted.has(each)),
    ...tokens.filter(each => !accepted.has(each)),
  ]
  return {
    graph: order([...fresh.graph, ...earlier.graph]),
    arm: [...fresh.arm, ...earlier.arm],
  }
}

function both(fresh: readonly string[], earlier: readonly string[]): [string, string][] {
  return [
    ...fresh.map((token): [string, string] => ['fresh', token]),
    ...earlier.map((token): [string, string] => ['earlier', token]),
  ]
}
