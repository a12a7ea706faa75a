import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { emailOf, idOf, KEYS, PROJECTS } from '../../src/lab/gcp/seed/ids.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Subject } from './suite.ts'

export function interruption(id: string): Interruption {
  const found = interruptions.find(each => each.id === id)
  if (!found) throw new Error(`no interruption ${id}`)
  return found as Interruption
}

export const prod = (name: string) => emailOf(name, 'acme-prod')
export const data = (name: string) => emailOf(name, 'acme-data')
export const shop = (name: string) => emailOf(name, 'acme-shop')
export const COMPUTE = `${PROJECTS['acme-prod']}-compute@developer.gserviceaccount.com`
export const hmacKey = (name: string, nth = 1) => `GOOG1E${idOf('hmac', `${name}/${nth}`, 55).toUpperCase()}`
export const apiKey = (displayName: string) =>
  idOf('api-key', displayName, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const subject = (id: string, names: string[], params?: Subject['params']): Subject => ({
  interruption: interruption(id),
  names,
  ...(params === undefined ? {} : { params }),
})

/** Every interruption, on the identities of the seed on which it has something different to do. */
export const SUBJECTS: Subject[] = [
  subject('gcp.service-account.quarantine', [prod('etl-legacy'), prod('oncall-agent'), COMPUTE]),
  subject('gcp.service-account.quarantine', [prod('checkout')], {
    at: 'folder',
    permissions: ['secretmanager.googleapis.com/versions.access', 'storage.googleapis.com/objects.*'],
    exceptionPrincipals: ['principalSet://goog/group/sre@acme.example'],
  }),
  subject('gcp.service-account.quarantine', [prod('orders')], { at: 'organization' }),
  subject('gcp.service-account-key.disable', [
    idOfKey('etl-legacy', KEYS.leaked),
    idOfKey('partner-upload', KEYS.work),
  ]),
  subject('gcp.hmac-key.disable', [hmacKey('etl-legacy'), hmacKey('partner-upload')]),
  // For browsers and one service; bound to an account, for one service; for everybody and everything.
  subject('gcp.api-key.disable', [apiKey('maps'), apiKey('gemini'), apiKey('translate, unrestricted')]),
  subject('gcp.service-account.disable', [prod('etl-legacy'), prod('oncall-agent')]),
  subject('gcp.service-account.disable', [COMPUTE], { allowDefault: true }),
  subject('gcp.workload-pool.disable', ['github']),
  subject('gcp.workload-provider.disable', ['github/github-actions', 'github/gitlab']),
  // With a condition already, and without.
  subject('gcp.workload-provider.constrain', ['github/github-actions', 'github/gitlab'], {
    condition: "assertion.repository != 'acme/payments'",
  }),
  // Another account, and under a condition beside a person; a workload of a pool; a workload of a cluster.
  subject('gcp.service-account.gate', [
    prod('ci-deployer'),
    prod('docs-publisher'),
    prod('checkout'),
    prod('reports-export'),
  ]),
  subject('gcp.service-account.gate', [prod('reports-export')], { members: ['*analytics@*'] }),
  // On two projects, the folder, itself and another account; one role three times; the default account.
  subject('gcp.service-account.detach', [prod('etl-legacy'), prod('analytics'), prod('backup'), COMPUTE]),
  subject('gcp.service-account.detach', [prod('etl-legacy')], {
    only: ['project'],
    roles: ['*secretAccessor'],
  }),
  subject('gcp.service-account.detach', [prod('oncall-agent')], { roles: ['roles/storage.*'] }),
]

/** In a project where only our own domain may be granted anything: see {@link guarded}. */
export const SUBJECTS_GUARDED: Subject[] = [
  subject('gcp.service-account.detach', [data('nightly-etl'), data('warehouse')]),
  subject('gcp.service-account.gate', [data('nightly-etl')]),
]

/** Lets an account of another project of ours act as one of the guarded project. */
export function guarded(estate: GcpEstate): void {
  estate.policies[`serviceAccounts/${data('nightly-etl')}`] = {
    bindings: [
      { role: 'roles/iam.serviceAccountTokenCreator', members: [`serviceAccount:${prod('etl-legacy')}`] },
    ],
    revision: 1,
  }
}
