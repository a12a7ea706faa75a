import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import { uniqueIdOf } from '../../src/lab/gcp/seed/ids.ts'
import type { Hostile } from '../hostile/names-suite.ts'
import { gcpCase } from './gcp.ts'
import { BIDI, ESCAPES, FORMULAS, HOSTILE } from './hostile-texts.ts'

const PROJECT = 'acme-prod'
// Addresses have no capitals.
const EVIL = `evil${ESCAPES}@${PROJECT}.iam.gserviceaccount.com`.toLowerCase()
const KEY = 'evil-key'

/** Accounts, keys, pools and policies with hostile names and texts. Google would not take all of these; another endpoint may. */
function prepare(estate: GcpEstate): void {
  const { serviceAccounts, apiKeys, pools, providers, projects, policies, folders } = estate
  const project = projects.find(({ id }) => id === PROJECT)
  const policy = policies[`projects/${PROJECT}`]
  const account = serviceAccounts.find(({ email }) => email.startsWith('orders@'))
  const key = apiKeys.find(each => each.project === PROJECT)
  const provider = providers.find(({ pool }) => pool === 'github')
  if (!project || !policy || !account || !key || !provider) throw new Error('not the seed')

  const all = [ESCAPES, BIDI, ...FORMULAS, ...Object.values(HOSTILE), '../../etc/passwd', '__proto__']
  const texts = [...new Set(all)]
  serviceAccounts.push({ ...account, email: EVIL, uniqueId: uniqueIdOf(EVIL), description: 'hostile' })
  for (const [at, text] of texts.entries()) {
    const email = `hostile-${at}@${PROJECT}.iam.gserviceaccount.com`
    const named = { displayName: text, description: `${text} hostile` }
    serviceAccounts.push({ ...account, email, uniqueId: uniqueIdOf(email), ...named })
    apiKeys.push({ ...key, id: `${KEY}-${at}`, uid: `uid-${at}`, displayName: text, annotations: HOSTILE })
    pools.push({ project: PROJECT, id: `hostile-${at}`, disabled: false, ...named })
    providers.push({ ...provider, pool: `hostile-${at}`, id: 'one', ...named, attributeMapping: HOSTILE })
    policy.bindings.push({
      role: 'roles/logging.logWriter',
      members: [`serviceAccount:${email}`, `serviceAccount:${EVIL}`],
      condition: { title: text, description: text, expression: 'true' },
    })
  }
  policies[`serviceAccounts/${EVIL}`] = {
    bindings: [
      { role: 'roles/iam.serviceAccountTokenCreator', members: [`serviceAccount:${account.email}`] },
      { role: 'roles/iam.serviceAccountUser', members: [`user:${BIDI}@acme.example`] },
    ],
    revision: 1,
  }
  project.displayName = `acme${ESCAPES}`
  project.labels = { ...project.labels, hostile: BIDI }
  for (const folder of folders) folder.displayName = `folder${ESCAPES}`
}

const PLAYBOOK = `version: 1
name: stop-hostile
title: Stop what has a hostile name
status: test
severity: high
scope:
  gcp: { projects: [self] }
limit: { identities: 20, share: 1 }
steps:
  - name: keys
    select: identity.kind == "api-key" && identity.name in ["${KEY}-0", "${KEY}-1"]
    interrupt: [disable]
  - name: the account
    select: identity.kind == "service-account" && identity.name.startsWith("evil")
    interrupt: [quarantine, disable, gate, detach]
  - name: a pool
    select: identity.kind == "workload-pool" && identity.name == "hostile-0"
    interrupt: [disable]
`

export const gcpHostile: Hostile = {
  open: () => ({ ...gcpCase(prepare), playbook: PLAYBOOK }),
  where: 'identity.kind == "service-account" && identity.description.contains("hostile")',
  told: 'evil',
  text: EVIL,
}
