import type { Context } from '../../../model/interruption.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { GcpClient } from '../client.ts'
import { resourcesBinding } from '../inventory/assets.ts'
import { unreadable } from '../inventory/grants.ts'
import { type PolicyResource, typeOf } from '../policies/resource.ts'
import { memberOf } from './service-account.ts'

/** Resources whose policies may name an account. */
export interface Resources {
  resources: PolicyResource[]
  /** Why others could not be looked for; absent where they could. */
  unsearched?: string
}

/** The project of the account, what is above it, what a search finds, and what this change holds. */
export async function resourcesOf(client: GcpClient, { identity, held = [] }: Context): Promise<Resources> {
  const { names, because } = await found(client, memberOf(identity))
  const known = [
    `projects/${client.project}`,
    ...client.ancestors,
    ...names,
    ...held.filter(entry => entry.startsWith('grant/')).map(entry => entry.slice(entry.indexOf('@') + 1)),
  ]
  return {
    resources: [...new Set(known)].filter(each => typeOf(each) !== undefined),
    ...(because === undefined ? {} : { unsearched: because }),
  }
}

interface Found {
  names: PolicyResource[]
  because?: string
}

const foundOf = perClient((_: GcpClient) => new Answers<Found>())

/**
 * Other resources that name the member, asked for once. The search lags behind by minutes, so that it would not show our
 * own writes. One that is refused finds none, and says why.
 */
async function found(client: GcpClient, member: string): Promise<Found> {
  return await foundOf(client).once(member, () => searched(client, member))
}

async function searched(client: GcpClient, member: string): Promise<Found> {
  try {
    return { names: (await resourcesBinding(client, member)).map(name => relative(client, name)) }
  } catch (error) {
    return { names: [], because: unreadable(error).message }
  }
}

/** `//iam.googleapis.com/projects/p/serviceAccounts/1` as its own service calls it. */
function relative({ project, projectNumber }: GcpClient, name: string): PolicyResource {
  const path = name.replace(/^\/\/[^/]+\//, '')
  return path === `projects/${projectNumber}` ? `projects/${project}` : path
}
