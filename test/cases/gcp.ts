import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gcp } from '../../src/clouds/gcp/provider.ts'
import { type GcpEstate, gcpLab } from '../../src/lab/gcp/index.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import type { Provider } from '../../src/model/provider.ts'
import type { Case } from './case.ts'

const PROJECT = 'acme-prod'
const ACCOUNT = `reports-export@${PROJECT}.iam.gserviceaccount.com`

/** One account that others act as: a deny policy, the account, its own policy and the project's. */
const PLAYBOOK = `version: 1
name: stop-reports-export
title: Stop the report exporter
status: test
severity: high
scope:
  gcp: { projects: [self] }
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the account
    select: identity.kind == "service-account" && identity.name == "${ACCOUNT}"
    interrupt: [quarantine, disable, gate, detach]
`

export interface GcpCase extends Case {
  estate(): GcpEstate
}

export function gcpCase(change: (estate: GcpEstate) => void = () => undefined): GcpCase {
  const lab = gcpLab(
    () => {
      const estate = seedGcp(new Date().toISOString())
      change(estate)
      return estate
    },
    // Five calls a minute would make hours of what is tried here.
    { denyQuota: false },
  )
  return {
    provider: gcp as Provider,
    scope: { projects: [PROJECT] },
    lab,
    playbook: PLAYBOOK,
    changes: 4,
    fresh: () => gcpCase(change),
    estate: () => lab.estate(),
    contained: () => isContained(lab.estate()),
    operations: {
      reads: [
        'iam.projects.serviceAccounts.get',
        'iam.projects.serviceAccounts.getIamPolicy',
        'cloudresourcemanager.projects.getIamPolicy',
        'iam.policies.get',
      ],
      probes: ['policytroubleshooter.iam.troubleshoot'],
      cuts: [
        'iam.policies.createPolicy',
        'iam.projects.serviceAccounts.disable',
        'iam.projects.serviceAccounts.setIamPolicy',
        'cloudresourcemanager.projects.setIamPolicy',
      ],
      restores: [
        'iam.policies.delete',
        'iam.projects.serviceAccounts.enable',
        'iam.projects.serviceAccounts.setIamPolicy',
        'cloudresourcemanager.projects.setIamPolicy',
      ],
      isWrite: operation =>
        /\.(createPolicy|delete|update|patch|enable|disable|setIamPolicy)$/.test(operation),
    },
    errors: {
      internal: { code: 'INTERNAL', status: 500 },
      conflict: { code: 'ABORTED', status: 409 },
      denied: { code: 'PERMISSION_DENIED', status: 403 },
    },
    async environment(endpoint, folder) {
      const file = join(folder, 'gcp-key.json')
      await writeFile(file, JSON.stringify(lab.responder), { mode: 0o600 })
      return {
        INTERDICT_GCP_ENDPOINT: endpoint,
        GOOGLE_APPLICATION_CREDENTIALS: file,
        GOOGLE_CLOUD_PROJECT: PROJECT,
      }
    },
  }
}

/** Off, denied, acted as by nobody, and without a grant on its project. */
function isContained({ serviceAccounts, denyPolicies, policies }: GcpEstate): boolean {
  const account = serviceAccounts.find(({ email }) => email === ACCOUNT)
  if (!account) return true
  const denied = denyPolicies.some(({ rules }) =>
    rules.some(({ denyRule }) => denyRule.deniedPrincipals?.some(each => each.endsWith(`/${ACCOUNT}`))),
  )
  const members = (resource: string) =>
    (policies[resource]?.bindings ?? []).flatMap(({ role, members: all }) =>
      all.map(each => `${role} ${each}`),
    )
  const impersonators = members(`serviceAccounts/${ACCOUNT}`).filter(each =>
    /TokenCreator|workloadIdentityUser/.test(each),
  )
  const grants = members(`projects/${PROJECT}`).filter(each => each.endsWith(`serviceAccount:${ACCOUNT}`))
  return account.disabled && denied && impersonators.length === 0 && grants.length === 0
}
