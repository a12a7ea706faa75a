import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { KEYS } from '../../src/lab/gcp/seed/ids.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import { type GcpCase, gcpCase } from './gcp.ts'

const KEY = idOfKey('etl-legacy', KEYS.leaked)
const seed = seedGcp('2026-01-01T00:00:00Z')
const HMAC = seed.hmacKeys.find(({ email }) => email.startsWith('etl-legacy@'))?.accessId ?? ''
const API_KEY = seed.apiKeys.find(({ displayName }) => displayName === 'maps')?.id ?? ''
const CONDITION = 'assertion.repository != "acme/payments"'

/** Identities other than service accounts: credentials, and the pools that let workloads in. Each change writes once. */
const PLAYBOOK = `version: 1
name: stop-credentials
title: Stop credentials and what lets workloads in
status: test
severity: high
scope:
  gcp: { projects: [self] }
limit: { identities: 10, share: 1 }
ttl: 1h
steps:
  - name: credentials
    select: identity.name in ["${KEY}", "${HMAC}", "${API_KEY}"]
    interrupt: [disable]
  - name: one provider
    select: identity.kind == "workload-provider" && identity.name == "github/github-actions"
    interrupt: [disable, { constrain: { condition: '${CONDITION}' } }]
  - name: its pool
    select: identity.kind == "workload-pool" && identity.name == "github"
    interrupt: [disable]
`

/** Every interruption of Google Cloud that the first case leaves out. */
export function gcpCredentials(): GcpCase {
  const given = gcpCase()
  const pools = 'iam.projects.locations.workloadIdentityPools'
  const writes = [
    'storage.projects.hmacKeys.update',
    'apikeys.projects.locations.keys.patch',
    `${pools}.patch`,
    `${pools}.providers.patch`,
  ]
  return {
    ...given,
    playbook: PLAYBOOK,
    changes: 6,
    fresh: gcpCredentials,
    contained: () => isContained(given.estate()),
    operations: {
      ...given.operations,
      reads: [
        'iam.projects.serviceAccounts.keys.get',
        'storage.projects.hmacKeys.get',
        'apikeys.projects.locations.keys.get',
        `${pools}.get`,
        `${pools}.providers.get`,
      ],
      probes: [],
      cuts: ['iam.projects.serviceAccounts.keys.disable', ...writes],
      restores: ['iam.projects.serviceAccounts.keys.enable', ...writes],
    },
  }
}

function isContained({ keys, hmacKeys, apiKeys, pools, providers }: GcpEstate): boolean {
  const provider = providers.find(({ id }) => id === 'github-actions')
  return (
    keys.some(({ id, disabled }) => id === KEY && disabled) &&
    hmacKeys.some(({ accessId, state }) => accessId === HMAC && state === 'INACTIVE') &&
    apiKeys.some(
      ({ id, restrictions }) => id === API_KEY && 'serverKeyRestrictions' in (restrictions ?? {}),
    ) &&
    pools.some(({ id, disabled }) => id === 'github' && disabled) &&
    provider?.disabled === true &&
    provider.attributeCondition.includes(CONDITION)
  )
}
