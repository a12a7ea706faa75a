import type { Context } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { GcpClient, Operation } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { type ProjectSwitch, projectSwitch } from './project-switch.ts'
import { globalOf, segment } from './settings.ts'

/** A pool, or a provider of one. */
interface Described {
  name?: string
  disabled?: boolean
  state?: string
  attributeCondition?: string
}

/** Pools or their providers, by the names that Google gives to the collection and to its permissions. */
interface PoolKind {
  kind: 'workload-pool' | 'workload-provider'
  collection:
    | 'iam.projects.locations.workloadIdentityPools'
    | 'iam.projects.locations.workloadIdentityPools.providers'
  permission: 'iam.workloadIdentityPools' | 'iam.workloadIdentityPoolProviders'
}

export const POOL: PoolKind = {
  kind: 'workload-pool',
  collection: 'iam.projects.locations.workloadIdentityPools',
  permission: 'iam.workloadIdentityPools',
}

export const PROVIDER: PoolKind = {
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

/**
 * Reads a pool or provider; `undefined` for a deleted one, which Google shows for thirty days and by which nobody comes in
 * (IAM API reference, WorkloadIdentityPool).
 */
export async function describedAs(
  kind: PoolKind,
  client: GcpClient,
  context: Context,
): Promise<Described | undefined> {
  const found = await unlessGone(
    client.call<Described>(gcpCall('GET', `${kind.collection}.get`, pathOf(client, context))),
  )
  return found?.state === 'DELETED' ? undefined : found
}

/**
 * Sets one field, and waits for the operation. Neither has an etag, so the caller looks right before (IAM API reference,
 * "workloadIdentityPools").
 */
export async function patchField(
  kind: PoolKind,
  client: GcpClient,
  context: Context,
  field: 'disabled' | 'attributeCondition',
  value: boolean | string,
): Promise<void> {
  const operation = await client.call<Operation>(
    gcpCall('PATCH', `${kind.collection}.patch`, pathOf(client, context), {
      query: { updateMask: field },
      body: { [field]: value },
    }),
  )
  await client.wait(operation, 'iam', 'v1')
}

/** Makes the lens that disables a pool or a provider. */
export function poolDisable(
  kind: PoolKind,
  rest: Pick<ProjectSwitch, 'summary' | 'leaves' | 'horizon'>,
): ReturnType<typeof projectSwitch> {
  return projectSwitch({
    ...rest,
    kind: kind.kind,
    permissions: {
      get: `${kind.permission}.get`,
      off: `${kind.permission}.update`,
      on: `${kind.permission}.update`,
    },
    settles: 300,
    async look(client, context) {
      const found = await describedAs(kind, client, context)
      return found && { uid: found.name ?? '', enabled: found.disabled !== true }
    },
    turn: (client, context, on) => patchField(kind, client, context, 'disabled', !on),
  })
}
