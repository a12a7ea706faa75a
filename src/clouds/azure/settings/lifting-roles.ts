import type { Json } from '../../../model/json.ts'
import { isObject } from '../../../model/json-object.ts'
import { isFault } from '../../kit/http/faults.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { AzureClient, Subscription } from '../client.ts'
import { armCall, DENY_DELETE, ROLE_DEFINITION_READ, ROLE_DELETE, ROLE_WRITE, VERSIONS } from './arm.ts'
import { scopeText } from './display-names.ts'
import { grants, missingInAzure, type Right } from './restore-rights.ts'
import type { AzureRoles } from './role-assignments.ts'

/**
 * A user-assigned deny assignment must not deny its own removal: Azure refuses `Microsoft.Authorization/denyAssignments/delete` and
 * `/write` among the actions with `InvalidActionOrNotAction`, and whether a wildcard covers them is not documented. A principal
 * with a role that has the action can lift what denies it, so that such roles are taken away besides. Of Azure's own these have it.
 */
const LIFTING: { readonly [definition: string]: string } = {
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': 'Owner',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9': 'User Access Administrator',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168': 'Role Based Access Control Administrator',
}

/**
 * Whether a role assignment, as an entry holds it, lets its principal lift a deny assignment: by Azure's own roles alone. For
 * assignments that another run has taken away, which nothing can be asked about; a custom role is not recognised here.
 */
export function isLifting(value: Json | undefined): boolean {
  const definition = isObject(value) ? value.roleDefinitionId : ''
  return Object.hasOwn(LIFTING, String(definition).toLowerCase().split('/').at(-1) ?? '')
}

/** Which of a principal's roles let it lift a deny assignment, and what a plan says of those that stay. */
export interface Lifting {
  /** Entries that are taken away besides the deny. */
  entries: string[]
  notes: string[]
}

/** Judges the roles of a principal: those that were read, and those that are left alone. */
export async function liftingRoles(
  client: AzureClient,
  { entries, kept }: Pick<AzureRoles, 'entries' | 'kept'>,
): Promise<Lifting> {
  const [own, others] = await Promise.all([
    Promise.all(
      entries.map(async ([entry, value]) => {
        const { scope, roleDefinitionId } = value as { [name: string]: Json }
        return { entry, ...(await judged(client, String(scope), String(roleDefinitionId))) }
      }),
    ),
    Promise.all(kept.map(({ scope, roleDefinitionId }) => judged(client, scope, roleDefinitionId))),
  ])
  const lifting = own.filter(({ lifts }) => lifts === 'yes')
  const missing = await Promise.all(
    lifting.map(({ scope }) =>
      missingInAzure(client, [scope], [ROLE_DELETE, ROLE_WRITE]).catch((error: unknown) => {
        // Whether it could be given back is asked once more, and then said to be not known.
        if (isFault(error, 'denied', 'gone', 'rejected', 'unsupported')) return undefined
        throw error
      }),
    ),
  )
  const taken = lifting.filter((_, at) => missing[at] === undefined)
  const staying = [
    ...lifting.flatMap((each, at) =>
      missing[at] === undefined ? [] : [{ ...each, why: `these credentials lack ${missing[at]}` }],
    ),
    ...others
      .filter(({ lifts }) => lifts === 'yes')
      .map(each => ({ ...each, why: 'that role is not ours to take' })),
  ]
  const unknown = [...own, ...others].filter(({ lifts }) => lifts === 'unknown')
  return {
    entries: taken.map(({ entry }) => entry),
    notes: [
      ...staying.map(
        ({ role, scope, why }) =>
          `it can lift a deny assignment itself, by its role ${role} on ${placeText(scope, client)}: ${why}`,
      ),
      ...unknown.map(
        ({ role, scope }) =>
          `whether its role ${role} on ${placeText(scope, client)} lets it lift a deny assignment could not be read (${ROLE_DEFINITION_READ})`,
      ),
    ],
  }
}

const placeText = (scope: string, { subscriptions }: { subscriptions: readonly Subscription[] }) =>
  scopeText(scope, subscriptions)

interface Judged {
  role: string
  scope: string
  lifts: 'yes' | 'no' | 'unknown'
}

const definitionsOf = perClient((_: AzureClient) => new Answers<Definition | undefined>())

async function judged(client: AzureClient, scope: string, definition: string): Promise<Judged> {
  const guid = definition.slice(definition.lastIndexOf('/') + 1).toLowerCase()
  const known = Object.hasOwn(LIFTING, guid) ? LIFTING[guid] : undefined
  if (known !== undefined) return { role: known, scope, lifts: 'yes' }
  const found = await definitionsOf(client).once(guid, () => definitionOf(client, definition))
  if (found === undefined) return { role: guid, scope, lifts: 'unknown' }
  const lifts = (found.permissions ?? []).some(right => grants(right, DENY_DELETE)) ? 'yes' : 'no'
  return { role: found.roleName ?? guid, scope, lifts }
}

interface Definition {
  roleName?: string | null
  permissions?: Right[] | null
}

/** Undefined where it may not be read, or is not there. */
async function definitionOf(client: AzureClient, id: string): Promise<Definition | undefined> {
  try {
    const call = armCall('GET', ROLE_DEFINITION_READ, id, VERSIONS.roleDefinitions)
    const { properties } = await client.call<{ properties?: Definition | null }>(call)
    return properties ?? undefined
  } catch (error) {
    if (isFault(error, 'denied', 'gone', 'rejected', 'unsupported')) return undefined
    throw error
  }
}
