import { z } from 'zod'
import { entryOf } from '../../../model/facet.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { ENABLED, toggle } from '../../kit/lens/toggle.ts'
import type { AzureClient } from '../client.ts'
import { APPLICATION_READ, APPLICATION_WRITE, DIRECTORY_LOOK, graphCall } from '../settings/graph.ts'
import { lacksAtGraph, ownersOf } from '../settings/restore-rights.ts'

const PATH = '/v1.0/applications/{id}'

const Params = z.strictObject({
  allTenants: z
    .boolean()
    .default(false)
    .describe('Also an application that other tenants use: it stops in every one of them'),
})

type Params = z.infer<typeof Params>

const Seen = z.looseObject({ audience: z.string() })

interface Application {
  id: string
  isDisabled?: boolean | null
  signInAudience?: string | null
}

/** No new token for the application, in any tenant. */
export const applicationDisable = toggle<AzureClient, Params>({
  cloud: 'azure',
  kind: 'application',
  summary: 'Switch the application off, so that it gets no new token in any tenant',
  leaves:
    'tokens it has, at Azure, Key Vault and Storage for up to 1h 30m; any owner of it can switch it on again',
  reversal: {
    kind: 'equivalent',
    differs: 'isDisabled reads false where it had never been set',
  },
  permissions: { read: [APPLICATION_READ], off: [APPLICATION_WRITE], on: [APPLICATION_WRITE] },
  params: Params,
  example: { allTenants: false },
  refuse(facet, { params, seen }) {
    if (entryOf(facet, ENABLED) === false || Params.parse(params).allTenants) return undefined
    const { audience } = Seen.parse(seen ?? { audience: '' })
    return audience === '' || audience === 'AzureADMyOrg'
      ? undefined
      : `other tenants use it (${audience}), and it would stop in all of them: stop its service principal here instead, or say allTenants: true`
  },
  async look(client, { identity }) {
    const found = await unlessGone(
      client.call<Application>(
        graphCall('GET', PATH, [identity.name], { query: { $select: 'id,isDisabled,signInAudience' } }),
      ),
    )
    return (
      found && {
        uid: found.id,
        // Never set and not disabled are the same to Entra.
        enabled: found.isDisabled !== true,
        seen: { audience: found.signInAudience ?? '' },
      }
    )
  },
  async turn(client, { identity }, on) {
    const body = { isDisabled: !on }
    await client.call(graphCall('PATCH', PATH, [identity.name], { body, repeatable: true }))
  },
  // Its tokens work all the time: continuous access evaluation knows of service principals alone.
  horizon: () => 0,
  settles: 300,
  lookEvery: DIRECTORY_LOOK,
  oneWay: (client, { identity }) => lacksAtGraph(client, [APPLICATION_WRITE], { owners: ownersOf(identity) }),
})
