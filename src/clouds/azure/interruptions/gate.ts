import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import type { Interruption } from '../../../model/interruption.ts'
import { type Json, same } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { withOwn } from '../../kit/lens/own-object.ts'
import type { AzureClient } from '../client.ts'
import {
  APPLICATION_READ,
  graphCall,
  LICENCE_READ,
  POLICY_READ,
  POLICY_WRITE,
  quoted,
} from '../settings/graph.ts'
import { inTurn } from '../settings/object-lock.ts'
import { graphTokenLifetime, readPrincipal, refusePrincipal, seenOf } from '../settings/principal.ts'
import { lacksAtGraph } from '../settings/restore-rights.ts'
import { isLicensed } from '../settings/workload-identities-premium.ts'

const POLICIES = '/v1.0/identity/conditionalAccess/policies'

interface Policy {
  id: string
  displayName: string
  state: string
  conditions?: {
    clientApplications?: { includeServicePrincipals?: string[] | null } | null
    applications?: { includeApplications?: string[] | null } | null
    locations?: { includeLocations?: string[] | null; excludeLocations?: string[] | null } | null
  } | null
  grantControls?: { builtInControls?: string[] | null } | null
}

const Params = z.strictObject({
  allowLocations: z
    .array(z.uuid())
    .min(1)
    .exactOptional()
    .describe('Ids of named locations from which it may still sign in; from nowhere by default'),
})

type Params = z.infer<typeof Params>

/**
 * A policy of our own that blocks signing in, by Conditional Access for workload identities. Block is the only control there is for them, and
 * it is for applications of this tenant alone ("Conditional Access for workload identities").
 */
export const servicePrincipalGate: Interruption<AzureClient, Params> = {
  id: 'azure.service-principal.gate',
  summary:
    'Block signing in by a Conditional Access policy of our own, everywhere or outside named locations',
  verbs: ['gate'],
  on: ['service-principal'],
  leaves:
    'tokens it has, at Azure, Key Vault and Storage for up to 1h 30m unless its roles go too; people who sign in to the application',
  reversal: { kind: 'exact' },
  permissions: {
    read: [APPLICATION_READ, POLICY_READ, LICENCE_READ],
    cut: [POLICY_WRITE],
    restore: [POLICY_WRITE],
  },
  params: Params,
  example: {},
  refuse(facet, context) {
    if (entryOf(facet, policyName(context.run, context.identity.name)) !== undefined) return undefined
    const because = refusePrincipal(context.seen)
    if (because) return because
    const { type, ownerTenant, audience, tenant } = seenOf(context.seen)
    if (type !== 'Application') return 'Conditional Access for workload identities reaches applications alone'
    if (ownerTenant.toLowerCase() !== tenant.toLowerCase()) {
      return 'Conditional Access reaches applications of this tenant alone, and it is of another: disable it instead'
    }
    if (audience !== '' && audience !== 'AzureADMyOrg') {
      return `Conditional Access reaches applications of this tenant alone, and other tenants use it (${audience}): disable it instead`
    }
    const { seen } = context
    const licensed = memberOf(seen, 'licensed') === true
    return licensed ? undefined : 'the tenant has no Workload Identities Premium, which such a policy takes'
  },
  async read(client, { run, identity }) {
    const principal = await readPrincipal(client, identity)
    if (!principal) return undefined
    const name = policyName(run, identity.name)
    const [policies, licensed] = [await named(client, name), await isLicensed(client)]
    const [own] = policies
    return {
      uid: principal.uid,
      facet: withEntries({}, [[name, own && kept(own)]]),
      seen: { ...principal.seen, licensed },
    }
  },
  cut: (facet, { run, identity, params }) => {
    const id = identity.name
    const { allowLocations = [] } = Params.parse(params)
    const value = {
      state: 'enabled',
      principals: [id],
      applications: ['All'],
      control: 'block',
      except: allowLocations,
    }
    return withOwn(facet, { entry: policyName(run, id), value }, { exhausted: [] })
  },
  async write(client, from, to, { run, identity }) {
    const id = identity.name
    const name = policyName(run, id)
    const wanted = entryOf(to, name)
    if (same(wanted, entryOf(from, name))) return
    await inTurn(client, POLICIES, async () => {
      const live = await named(client, name)
      const kept = wanted === undefined ? undefined : live[0]
      for (const policy of live) {
        // One made twice by a reply that was lost is one too many.
        if (policy === kept) continue
        await unlessGone(client.call(graphCall('DELETE', `${POLICIES}/{id}`, [policy.id])))
      }
      if (wanted === undefined) return
      const body = policyOf(name, wanted)
      if (kept) {
        await client.call(graphCall('PATCH', `${POLICIES}/{id}`, [kept.id], { body, repeatable: true }))
      } else {
        await client.call(graphCall('POST', POLICIES, [], { body }))
      }
    })
  },
  // At Graph, tokens that it evaluates continuously are refused meanwhile.
  horizon: graphTokenLifetime,
  settles: 300,
  // One call a second for the whole tenant: the policy is looked for, made, and looked for again.
  seconds: identities => 4 * identities.length,
  oneWay: client => lacksAtGraph(client, [POLICY_WRITE]),
}

function policyName(run: string, principal: string): string {
  return `conditional-access/interdict-${run} ${principal}`
}

const shownName = (entry: string) => entry.slice('conditional-access/'.length)

async function named(client: AzureClient, entry: string): Promise<Policy[]> {
  const query = { $filter: `displayName eq ${quoted(shownName(entry))}` }
  const found = await Array.fromAsync(client.pages<Policy>(graphCall('GET', POLICIES, [], { query })))
  return found.filter(({ displayName }) => displayName === shownName(entry))
}

function kept({ state, conditions, grantControls }: Policy): Json {
  return {
    state,
    principals: conditions?.clientApplications?.includeServicePrincipals ?? [],
    applications: conditions?.applications?.includeApplications ?? [],
    control: (grantControls?.builtInControls ?? []).join(','),
    except: conditions?.locations?.excludeLocations ?? [],
  }
}

const Value = z.object({
  state: z.string(),
  principals: z.array(z.string()),
  applications: z.array(z.string()),
  control: z.string(),
  except: z.array(z.string()),
})

function policyOf(name: string, value: Json): Json {
  const { state, principals, applications, control, except } = Value.parse(value)
  return {
    displayName: shownName(name),
    state,
    conditions: {
      applications: { includeApplications: applications },
      // Nobody: left out, it reads as everybody.
      users: { includeUsers: ['None'] },
      clientApplications: { includeServicePrincipals: principals },
      locations: {
        includeLocations: ['All'],
        ...(except.length === 0 ? {} : { excludeLocations: except }),
      },
    },
    grantControls: { operator: 'OR', builtInControls: [control] },
  }
}
