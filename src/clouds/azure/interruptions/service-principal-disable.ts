import { entryOf } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import { isFault } from '../../kit/http/faults.ts'
import { ENABLED, toggle } from '../../kit/lens/toggle.ts'
import type { AzureClient } from '../client.ts'
import {
  AGENT_SWITCH,
  APPLICATION_READ,
  APPLICATION_WRITE,
  BLUEPRINT_SWITCH,
  DIRECTORY_LOOK,
  graphCall,
} from '../settings/graph.ts'
import { graphTokenLifetime, isManaged, readPrincipal, refusePrincipal } from '../settings/principal.ts'
import { lacksAtGraph, ownersOf } from '../settings/restore-rights.ts'

const PRINCIPALS = '/v1.0/servicePrincipals'

/** Where a principal is switched, and the permission that this takes: agents have one that can do nothing else. */
function switchOf({ facts }: Identity): { template: string; permission: string } {
  if (facts.type === 'agent-identity') {
    return { template: `${PRINCIPALS}/microsoft.graph.agentIdentity/{id}`, permission: AGENT_SWITCH }
  }
  if (facts.type === 'agent-blueprint') {
    return {
      template: `${PRINCIPALS}/microsoft.graph.agentIdentityBlueprintPrincipal/{id}`,
      permission: BLUEPRINT_SWITCH,
    }
  }
  return { template: `${PRINCIPALS}/{id}`, permission: APPLICATION_WRITE }
}

/** No new token, by any credential, for itself or on behalf of a person. In this tenant only. */
function disable(
  kind: 'service-principal' | 'managed-identity',
  permissions: string[],
  summary: string,
  leaves: string,
): Interruption<AzureClient, Record<string, never>> {
  return toggle({
    cloud: 'azure',
    kind,
    summary,
    leaves,
    permissions: { read: [APPLICATION_READ], off: permissions, on: permissions },
    refuse: (facet, { seen }) => (entryOf(facet, ENABLED) === false ? undefined : refusePrincipal(seen)),
    async look(client: AzureClient, { identity }: Context) {
      const principal = await readPrincipal(client, identity)
      if (!principal) return undefined
      const { uid, found, seen } = principal
      return { uid, enabled: found.accountEnabled ?? true, seen }
    },
    async turn(client, { identity }, on) {
      try {
        await client.call(
          graphCall('PATCH', switchOf(identity).template, [identity.name], {
            body: { accountEnabled: on },
            repeatable: true,
          }),
        )
      } catch (error) {
        if (!isManaged(identity) || !isFault(error, 'rejected', 'denied', 'unmodifiable')) throw error
        // Graph documents that a managed identity "can't be updated or modified directly", and takes it in some tenants.
        throw new Fault(
          error.code,
          `Entra does not let this managed identity be switched: ${error.message}`,
          {
            where: error.where ?? identity.id,
            next: 'stop it through its roles: azure.managed-identity.detach or azure.managed-identity.quarantine',
            cause: error,
          },
        )
      }
    },
    // At Azure they worked all the time. At Graph, tokens that it evaluates continuously were refused meanwhile.
    horizon: graphTokenLifetime,
    // Minutes at most; the directory's replicas learn of it one after the other.
    settles: 300,
    lookEvery: DIRECTORY_LOOK,
    // Without new tokens it loses Azure once its old ones expire; this takes Azure away at once.
    companions: [`azure.${kind}.quarantine`],
    oneWay: (client, { identity }) =>
      lacksAtGraph(client, [switchOf(identity).permission], { owners: ownersOf(identity) }),
  })
}

export const servicePrincipalDisable = disable(
  'service-principal',
  [APPLICATION_WRITE, AGENT_SWITCH, BLUEPRINT_SWITCH],
  'Switch the service principal off, so that it gets no new token in this tenant',
  'tokens it has, at Azure, Key Vault and Storage for up to 1h 30m unless its roles go too; refresh tokens, once it is on again; shared keys and SAS; an agent’s blueprint, which can undo it',
)

export const managedIdentityDisable = disable(
  'managed-identity',
  [APPLICATION_WRITE],
  'Switch the managed identity’s service principal off, so that it gets no new token, where Entra takes it',
  'tokens that its hosts keep, for up to a day, unless its roles go too: take its roles (quarantine, detach) as well',
)
