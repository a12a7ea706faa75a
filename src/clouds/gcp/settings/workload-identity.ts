import { z } from 'zod'
import { withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { GcpClient, Operation } from '../client.ts'
import { lacks } from './one-way.ts'
import { globalOf, segment, textOf, unlessGone } from './settings.ts'
import { type Switch, switchOff } from './switch.ts'

/** A pool, or a provider of one. */
interface Described {
  name?: string
  disabled?: boolean
  state?: string
  attributeCondition?: string
}

interface Place {
  kind: 'workload-pool' | 'workload-provider'
  collection:
    | 'iam.projects.locations.workloadIdentityPools'
    | 'iam.projects.locations.workloadIdentityPools.providers'
  permission: 'iam.workloadIdentityPools' | 'iam.workloadIdentityPoolProviders'
}

const POOL: Place = {
  kind: 'workload-pool',
  collection: 'iam.projects.locations.workloadIdentityPools',
  permission: 'iam.workloadIdentityPools',
}

const PROVIDER: Place = {
  kind: 'workload-provider',
  collection: 'iam.projects.locations.workloadIdentityPools.providers',
  permission: 'iam.workloadIdentityPoolProviders',
}

/** The name of an identity of ours is `pool`, or `pool/provider`. */
function pathOf(client: GcpClient, { identity }: Context): string {
  const [pool = '', provider] = identity.name.split('/')
  const path = `/v1/${globalOf(client)}/workloadIdentityPools/${segment(pool)}`
  return provider === undefined ? path : `${path}/providers/${segment(provider)}`
}

/** What is deleted stays to be seen for thirty days; nobody comes in by it. */
async function describedAs(
  place: Place,
  client: GcpClient,
  context: Context,
): Promise<Described | undefined> {
  const found = await unlessGone(
    client.call<Described>({
      service: 'iam',
      operation: `${place.collection}.get`,
      method: 'GET',
      path: pathOf(client, context),
    }),
  )
  return found?.state === 'DELETED' ? undefined : found
}

/** There is no etag on either: whoever writes has looked right before (IAM API reference, "workloadIdentityPools"). */
async function patch(
  place: Place,
  client: GcpClient,
  context: Context,
  field: 'disabled' | 'attributeCondition',
  value: boolean | string,
): Promise<void> {
  const operation = await client.call<Operation>({
    service: 'iam',
    operation: `${place.collection}.patch`,
    method: 'PATCH',
    path: pathOf(client, context),
    query: { updateMask: field },
    body: { [field]: value },
  })
  await client.wait(operation, 'iam', 'v1')
}

function disable(place: Place, rest: Pick<Switch, 'summary' | 'leaves' | 'horizon'>) {
  return switchOff({
    ...rest,
    kind: place.kind,
    permissions: {
      get: `${place.permission}.get`,
      off: `${place.permission}.update`,
      on: `${place.permission}.update`,
    },
    settles: 300,
    async look(client, context) {
      const found = await describedAs(place, client, context)
      return found && { uid: found.name ?? '', on: found.disabled !== true }
    },
    turn: (client, context, on) => patch(place, client, context, 'disabled', !on),
  })
}

/** Tokens of a disabled pool are rejected, and work again when it is enabled (IAM API reference, WorkloadIdentityPool). */
export const workloadPoolDisable = disable(POOL, {
  summary:
    'Disable the workload identity pool: its providers exchange no tokens, and its tokens are rejected',
  leaves: 'tokens of service accounts that its workloads impersonated, for up to 12 h',
  horizon: () => 3600,
})

export const workloadProviderDisable = disable(PROVIDER, {
  summary: 'Disable the provider of the workload identity pool: it exchanges no tokens',
  leaves: 'tokens that were exchanged before, for up to 1 h; the other providers of the pool',
})

const Params = z.strictObject({
  condition: z
    .string()
    .min(1)
    .max(4000)
    .refine(text => text.trim() === text, 'no white space around it')
    .describe('In CEL, what a token must meet as well, e.g. assertion.repository != "acme/payments"'),
})

type Params = z.infer<typeof Params>

/** The longest attribute condition (IAM API reference, WorkloadIdentityPoolProvider). */
const LONGEST = 4096

const ENTRY = 'attribute-condition'

/** Adds a condition to a provider; the one before comes back to the letter, unless somebody changed it meanwhile. */
export const workloadProviderConstrain: Interruption<GcpClient, Params> = {
  id: 'gcp.workload-provider.constrain',
  summary: 'Let only tokens that meet a condition through the provider of the workload identity pool',
  verbs: ['constrain'],
  on: ['workload-provider'],
  leaves: 'tokens that were exchanged before, for up to 1 h; workloads that meet the condition',
  reversal: { kind: 'exact' },
  permissions: {
    read: [`${PROVIDER.permission}.get`],
    cut: [`${PROVIDER.permission}.update`],
    restore: [`${PROVIDER.permission}.update`],
  },
  params: Params,
  example: { condition: 'assertion.repository != "acme/payments"' },
  refuse(facet, { params }) {
    const { condition } = Params.parse(params)
    const { length } = narrowed(textOf(facet, ENTRY), condition)
    return length > LONGEST
      ? `no room in its attribute condition: ${length} characters of ${LONGEST}`
      : undefined
  },
  async read(client, context) {
    const found = await describedAs(PROVIDER, client, context)
    if (found === undefined) return undefined
    return {
      uid: found.name ?? '',
      facet: withEntries({}, [[ENTRY, found.attributeCondition || undefined]]),
    }
  },
  cut(facet, { params }) {
    const { condition } = Params.parse(params)
    return withEntries(facet, [[ENTRY, narrowed(textOf(facet, ENTRY), condition)]])
  },
  async write(client, from, to, context) {
    const [before = '', wanted = ''] = [textOf(from, ENTRY), textOf(to, ENTRY)]
    if (before === wanted) return
    const found = await describedAs(PROVIDER, client, context)
    const live = found?.attributeCondition ?? ''
    if (found === undefined || live === wanted) return
    if (live !== before) {
      throw new Fault('drift', 'somebody else changed its attribute condition', {
        where: context.identity.id,
      })
    }
    await patch(PROVIDER, client, context, 'attributeCondition', wanted)
  },
  settles: 300,
  oneWay: client => lacks(client, `projects/${client.project}`, `${PROVIDER.permission}.update`),
  horizon: () => 0,
}

/** Both conditions must hold; one that is there already is not added again. */
function narrowed(before: string | undefined, condition: string): string {
  if (before === undefined || before === condition) return condition
  const added = ` && (${condition})`
  return before.endsWith(added) ? before : `(${before})${added}`
}
