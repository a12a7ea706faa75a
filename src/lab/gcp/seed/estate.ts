import { predefinedRoles } from '../roles.ts'
import type { GcpEstate } from '../store.ts'
import { idOfKey, seedAccounts, seedKeys } from './accounts.ts'
import { CUSTOMER, DOMAIN, emailOf, FOLDERS, KEYS, ORGANIZATION, PROJECTS } from './ids.ts'
import { DEPLOY_ROLE, RESPONDER_ROLE, seedPolicies } from './policies.ts'
import { RESPONDER_PERMISSIONS } from './responder.ts'
import { keyPair } from './rsa.ts'
import {
  GROUPS,
  seedApiKeys,
  seedConstraints,
  seedDenyPolicies,
  seedHmacKeys,
  seedPools,
  seedProviders,
  seedSecrets,
} from './things.ts'

const DAY = 86_400_000

/** A small company's Google Cloud, the same in every run but for its times; each estate has its own copy of everything. @param at RFC 3339 */
export function seedGcp(at: string): GcpEstate {
  const now = Date.parse(at)
  const created = new Date(now - 400 * DAY).toISOString()
  const production = `folders/${FOLDERS.production}`
  const shared = `folders/${FOLDERS.shared}`
  const project = (id: keyof typeof PROJECTS, parent: string, labels: { [name: string]: string }) => ({
    id,
    number: PROJECTS[id],
    parent,
    displayName: id,
    labels,
    created,
  })
  return structuredClone({
    responder: {
      email: emailOf('incident-response', 'acme-prod'),
      keyId: idOfKey('incident-response', KEYS.responder),
      privateKey: keyPair(KEYS.responder).privateKey,
    },
    organization: { id: ORGANIZATION, displayName: DOMAIN, customerId: CUSTOMER, created },
    folders: [
      { id: FOLDERS.production, parent: `organizations/${ORGANIZATION}`, displayName: 'production', created },
      { id: FOLDERS.shared, parent: `organizations/${ORGANIZATION}`, displayName: 'shared', created },
    ],
    projects: [
      project('acme-prod', production, { env: 'prod', team: 'platform' }),
      project('acme-data', production, { env: 'prod', team: 'data' }),
      project('acme-shop', shared, { env: 'shop' }),
    ],
    serviceAccounts: seedAccounts(now),
    keys: seedKeys(now),
    policies: seedPolicies(now),
    customRoles: [
      { name: RESPONDER_ROLE, permissions: [...RESPONDER_PERMISSIONS] },
      {
        name: DEPLOY_ROLE,
        permissions: [
          ...(predefinedRoles['roles/viewer'] ?? []),
          'run.services.update',
          'iam.serviceAccounts.actAs',
        ],
      },
    ],
    groups: GROUPS,
    denyPolicies: seedDenyPolicies(created),
    pools: seedPools(),
    providers: seedProviders(),
    hmacKeys: seedHmacKeys(created),
    apiKeys: seedApiKeys(created),
    secrets: seedSecrets(),
    constraints: seedConstraints(CUSTOMER),
    tokens: [],
  })
}
