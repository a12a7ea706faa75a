import type { Context } from '../../../model/interruption.ts'
import { resourcesBinding } from '../assets.ts'
import type { GcpClient } from '../client.ts'
import { type PolicyResource, typeOf } from '../policies/resource.ts'
import { memberOf } from './service-account.ts'

/**
 * The resources whose policies may name the account: its project, what is above it, what a search finds, and what this
 * change holds.
 */
export async function resourcesOf(
  client: GcpClient,
  { identity, held = [] }: Context,
): Promise<PolicyResource[]> {
  const known = [
    `projects/${client.project}`,
    ...client.ancestors,
    ...(await found(client, memberOf(identity))),
    ...held.filter(entry => entry.startsWith('grant/')).map(entry => entry.slice(entry.indexOf('@') + 1)),
  ]
  return [...new Set(known)].filter(each => typeOf(each) !== undefined)
}

/**
 * Other resources that name the member, asked for once. The search lags behind by minutes, so that it would not show our
 * own writes.
 */
async function found(client: GcpClient, member: string): Promise<PolicyResource[]> {
  const key = `bound ${member}`
  const known = client.shared.get(key)
  const asked = known instanceof Promise ? (known as Promise<string[]>) : resourcesBinding(client, member)
  client.shared.set(key, asked)
  asked.catch(() => client.shared.delete(key))
  return (await asked).map(name => relative(client, name))
}

/** `//iam.googleapis.com/projects/p/serviceAccounts/1` as its own service calls it. */
function relative({ project, projectNumber }: GcpClient, name: string): PolicyResource {
  const path = name.replace(/^\/\/[^/]+\//, '')
  return path === `projects/${projectNumber}` ? `projects/${project}` : path
}
