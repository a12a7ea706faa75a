import { Fault } from '../../../model/fault.ts'
import { isFault } from '../../kit/http/faults.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { AzureClient } from '../client.ts'
import { armCall, authorization, DENY_READ, DENY_WRITE, FEATURE_READ, VERSIONS } from './arm.ts'
import { scopeText } from './display-names.ts'
import { missingInAzure } from './restore-rights.ts'

/**
 * Deny assignments of one's own are a preview that a subscription registers; listing them works without (azure-cli, tests of
 * `az role deny-assignment`).
 */
export const FEATURE = 'Microsoft.Authorization/UserAssignedDenyAssignment'

/** Whether a deny assignment can be made at a scope. `unknown`: only Azure's answer to the attempt says. */
export type DenyAvailability = { available: 'yes' } | { available: 'no' | 'unknown'; because: string }

const availabilityOf = perClient((_: AzureClient) => new Answers<DenyAvailability>())

/**
 * Says whether a deny assignment can be made at a scope: by whether Azure knows the API version, by our rights there and by the
 * state of the preview feature in the subscription. Asked once for a scope.
 */
export async function denyAvailability(client: AzureClient, scope: string): Promise<DenyAvailability> {
  return await availabilityOf(client).once(scope.toLowerCase(), async (): Promise<DenyAvailability> => {
    const [unversioned, missing] = await Promise.all([
      unknownVersion(client, scope),
      missingInAzure(client, [scope], [DENY_WRITE]).catch((error: unknown) => {
        // Azure's answer to the attempt says it, too.
        if (isFault(error, 'denied', 'gone', 'rejected', 'unsupported')) return undefined
        throw error
      }),
    ])
    const refused = unversioned ?? (missing === undefined ? undefined : `these credentials lack ${missing}`)
    if (refused !== undefined) return { available: 'no', because: refused }
    const [, subscription] = /^\/subscriptions\/([^/]+)/i.exec(scope) ?? []
    if (subscription === undefined) {
      return { available: 'unknown', because: `${FEATURE} is registered by subscription` }
    }
    const state = await featureState(client, subscription)
    if (typeof state === 'object') return { available: 'unknown', because: state.why }
    if (/^registered$/i.test(state)) return { available: 'yes' }
    return {
      available: 'no',
      because: `the preview feature ${FEATURE} is ${state} there (az feature register --namespace Microsoft.Authorization --name UserAssignedDenyAssignment --subscription ${subscription})`,
    }
  })
}

/**
 * Returns the state of the preview feature in a subscription (`Registered`, `NotRegistered`, `Pending`, …), or why it is not
 * known (Microsoft.Features, "Features - Get"). Throws `bug`, `interrupted`, and what a later try may not have.
 */
export async function featureState(
  client: AzureClient,
  subscription: string,
): Promise<string | { why: string }> {
  const [namespace, name] = FEATURE.split('/')
  const id = `/subscriptions/${subscription}/providers/Microsoft.Features/providers/${namespace}/features/${name}`
  try {
    const { properties } = await client.call<{ properties?: { state?: string | null } | null }>(
      armCall('GET', FEATURE_READ, id, VERSIONS.features),
    )
    return (
      properties?.state ?? { why: `Azure does not say whether the preview feature ${FEATURE} is registered` }
    )
  } catch (error) {
    // Of a feature that everybody has by now, there is nothing to register.
    if (isFault(error, 'gone', 'unsupported', 'rejected')) {
      return { why: `Azure does not know the preview feature ${FEATURE} there` }
    }
    if (isFault(error, 'denied')) {
      return {
        why: `whether the preview feature ${FEATURE} is registered there could not be read (${FEATURE_READ})`,
      }
    }
    throw error
  }
}

const versionOf = perClient((_: AzureClient) => new Answers<string | undefined>())

/** A version that is known at one scope is known at all; where it is not, each scope is asked. */
async function unknownVersion(client: AzureClient, scope: string): Promise<string | undefined> {
  const first = await versionOf(client)
    .once('', () => unknownVersionAt(client, scope))
    .catch(() => 'not known')
  return first === undefined ? undefined : await unknownVersionAt(client, scope)
}

async function unknownVersionAt(client: AzureClient, scope: string): Promise<string | undefined> {
  try {
    const id = authorization(scope, 'denyAssignments')
    await Array.fromAsync(
      client.pages(armCall('GET', DENY_READ, id, VERSIONS.denyAssignments, { filter: 'atScope()' })),
    )
    return undefined
  } catch (error) {
    if (isFault(error, 'unsupported', 'rejected', 'gone')) {
      return `Azure knows no API version there with which one can be made: ${error.message}`
    }
    throw error
  }
}

/** Notes of a plan about scopes at which a deny assignment cannot be made, or may be refused; each reason once. */
export function availabilityNotes(
  client: AzureClient,
  found: readonly { scope: string; availability: DenyAvailability }[],
): string[] {
  const notes = new Map<string, string[]>()
  for (const { scope, availability } of found) {
    if (availability.available === 'yes') continue
    const { available, because } = availability
    const text =
      available === 'no' ? `no deny assignment: ${because}` : `a deny assignment may be refused: ${because}`
    notes.set(text, [...(notes.get(text) ?? []), scopeText(scope, client.subscriptions)])
  }
  return [...notes].map(([text, scopes]) => `${scopes.join(', ')}: ${text}`)
}

/** The fault by which a change falls to its next rung. */
export function noDeny(scope: string, error: Fault): Fault {
  return new Fault('quota', `Azure takes no deny assignment at ${scope}: ${error.message}`, {
    where: scope,
    next: 'register the preview feature, or take its roles away: azure.service-principal.detach',
    cause: error,
  })
}
