import { type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Reading } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import { APP_ROLE_GIFTS, DELEGATED, DIRECTORY_ROLES, type Gift } from './directory-grants.ts'
import { membershipsOf } from './groups.ts'
import { readRolesAgain } from './held-roles.ts'
import { principalInFlight } from './principal.ts'
import { oneOf } from './random-item.ts'

/**
 * The held settings of a change, read again moments after it was read whole: of each kind of grant only those that were taken
 * away. Of the kinds in the directory of which nothing was there again, one is read each time.
 */
export async function readHeldGrants(
  client: AzureClient,
  { identity, held = [], before = {} }: Context,
  last: Facet,
): Promise<Reading | undefined> {
  const id = identity.name
  const isHeld = new Set(held)
  const kinds = KINDS.filter(({ setting }) => held.some(entry => entry.startsWith(setting)))
  const [again, quiet] = [
    kinds.filter(({ setting }) => Object.keys(last).some(entry => entry.startsWith(setting))),
    kinds.filter(({ setting }) => !Object.keys(last).some(entry => entry.startsWith(setting))),
  ]
  const [principal, roles, others] = await Promise.all([
    principalInFlight(client, identity),
    readRolesAgain(client, id, { entries: held, before }),
    Promise.all([...again, ...oneOf(quiet, client.timing)].map(kind => kind.read(client, id))),
  ])
  if (!principal) return undefined
  return {
    uid: principal.uid,
    facet: withEntries(
      {},
      [...roles, ...others.flat()].filter(([entry]) => isHeld.has(entry)),
    ),
    seen: principal.seen,
  }
}

interface Kind {
  /** The prefix of its entries. */
  setting: string
  read(client: AzureClient, principal: string): Promise<[string, Json][]>
}

/** Kinds of grants of the directory. */
const KINDS: readonly Kind[] = [
  ...[DIRECTORY_ROLES, APP_ROLE_GIFTS, DELEGATED].map(
    (gift: Gift): Kind => ({
      setting: `${gift.setting}/`,
      read: async (client, principal) =>
        (await gift.read(client, principal)).given.map(({ entry, value }) => [entry, value]),
    }),
  ),
  {
    setting: 'group/',
    read: async (client, principal) =>
      (await membershipsOf(client, principal)).map(group => [`group/${group}`, true]),
  },
]
