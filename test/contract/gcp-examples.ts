import type { GcpClient } from '../../src/clouds/gcp/client.ts'
import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { KEYS } from '../../src/lab/gcp/seed/ids.ts'
import { type Facet, withEntries } from '../../src/model/facet.ts'
import type { Json } from '../../src/model/json.ts'
import { openGcp } from './gcp-range.ts'
import { apiKey, COMPUTE, data, hmacKey, prod } from './gcp-subjects.ts'
import type { LensExamples } from './lens-laws.ts'

type Examples = LensExamples<GcpEstate>

const OWN_DENY = { notApplicable: 'the deny policy has the name of its run, and each run adds its own' }
const ONE_KIND = { notApplicable: 'it is one call, and there is nothing beside it to come first' }
const NO_ROOM_NEEDED = { notApplicable: 'it takes something away or switches it, which needs no room' }
const OVER_AT_ONCE = { notApplicable: 'nothing that was issued before would work again once it is back' }
const ON_OR_OFF = { notApplicable: 'the switch is on or off, with no third value that somebody could set' }
const NEVER_REFUSED = { notApplicable: 'nothing about it can make a switch of it irreversible' }
const NO_VERSION = { notApplicable: 'the write carries no version of what was read' }

/** Lacks a permission of the roles that the customer made for us. */
const without = (permission: string) => (estate: GcpEstate) => {
  for (const role of estate.customRoles) {
    role.permissions = role.permissions.filter(each => each !== permission)
  }
}

const lacking = (name: string, permission: string, params?: Json) => ({
  name,
  ...(params === undefined ? {} : { params }),
  prepare: without(permission),
  because: new RegExp(`we lack ${permission.replaceAll('.', '\\.')} on`),
})

/** Only accounts of another organization may be granted anything in the project. */
const onlyOthers = (estate: GcpEstate) => {
  estate.constraints.push({
    resource: 'projects/acme-prod',
    name: 'iam.allowedPolicyMemberDomains',
    rules: [{ values: { allowedValues: ['C0other'] } }],
  })
}

/** Allow policies without the version that a write has to carry. */
const withoutEtags = (client: unknown): GcpClient => {
  const real = client as GcpClient
  return {
    ...real,
    async call<T>(call: Parameters<GcpClient['call']>[0]) {
      const answer = await real.call<T>(call)
      if (!call.operation.endsWith('.getIamPolicy')) return answer
      const { etag: _, ...rest } = answer as { etag?: string }
      return rest as T
    },
  }
}

/** The grants that a cut takes away, under a condition that they did not have. */
const underACondition = (cut: Facet, before: Facet) =>
  withEntries(
    cut,
    Object.entries(before)
      .filter(([entry]) => !(entry in cut))
      .map(([entry, grant]): [string, Json] => [
        entry,
        { ...(grant as object), conditions: [{ title: 'weekdays', expression: 'true' }] },
      ]),
  )

const pool = (off: string, on: string, permission: string): Examples => ({
  refuse: NEVER_REFUSED,
  contained: { name: off },
  order: ONE_KIND,
  oneWay: lacking(on, permission),
  drift: ON_OR_OFF,
  escalation: NO_ROOM_NEEDED,
  horizon: OVER_AT_ONCE,
  incomplete: NO_VERSION,
})

/** An example for every law of every lens; see `lens-laws.ts`. */
export const EXAMPLES: { [id: string]: Examples } = {
  'gcp.service-account.quarantine': {
    refuse: {
      name: prod('orders'),
      params: { at: 'folder' },
      prepare: estate => {
        for (const project of estate.projects) project.parent = `organizations/${estate.organization.id}`
      },
      because: /no folder above the project/,
    },
    contained: OWN_DENY,
    order: ONE_KIND,
    oneWay: {
      name: prod('orders'),
      // A custom role of ours that may make and change deny policies, in place of roles/iam.denyAdmin.
      prepare: estate => {
        for (const policy of Object.values(estate.policies)) {
          policy.bindings = policy.bindings.filter(({ role }) => role !== 'roles/iam.denyAdmin')
        }
        const may = ['get', 'create', 'update'].map(each => `iam.denypolicies.${each}`)
        for (const role of estate.customRoles) role.permissions = [...role.permissions, ...may]
      },
      because: /we lack iam\.denypolicies\.delete on projects\/acme-prod/,
    },
    drift: {
      name: prod('etl-legacy'),
      third: cut =>
        withEntries(
          cut,
          Object.keys(cut).map((entry): [string, Json] => [
            entry,
            [{ permissions: ['storage.googleapis.com/objects.get'] }],
          ]),
        ),
    },
    escalation: {
      name: prod('etl-legacy'),
      rungs: [/^deny\/projects\/acme-prod\/interdict-c0de$/],
      last: 'nothing',
    },
    horizon: {
      name: prod('etl-legacy'),
      seconds: 3600,
      leaves: /^deny\/projects\/acme-prod\/interdict-c0de$/,
    },
    incomplete: NO_VERSION,
  },
  'gcp.service-account-key.disable': {
    refuse: { name: idOfKey('image-resizer', KEYS.work), because: /Google has disabled it already/ },
    contained: { name: idOfKey('old-batch', KEYS.work) },
    order: ONE_KIND,
    oneWay: lacking(idOfKey('orders', KEYS.work), 'iam.serviceAccountKeys.enable'),
    drift: { notApplicable: 'only Google sets it to a third value, which its own tests try' },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'gcp.hmac-key.disable': {
    ...pool(hmacKey('partner-upload', 2), hmacKey('etl-legacy'), 'storage.hmacKeys.update'),
  },
  'gcp.api-key.disable': {
    refuse: { notApplicable: 'its restrictions can always be written back as a whole' },
    contained: { secondRun: apiKey('maps') },
    order: ONE_KIND,
    oneWay: lacking(apiKey('maps'), 'apikeys.keys.update'),
    drift: {
      name: apiKey('maps'),
      third: cut =>
        withEntries(cut, [['restrictions', { serverKeyRestrictions: { allowedIps: ['203.0.113.9'] } }]]),
      restore: 'drift',
    },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'gcp.service-account.disable': {
    refuse: { name: COMPUTE, because: /default account/ },
    contained: { name: prod('old-batch') },
    order: {
      name: prod('etl-legacy'),
      contain: [/serviceAccounts\.disable$/],
      restore: /serviceAccounts\.enable$/,
      stepDown: [/policies\.createPolicy$/, /^deny enforced$/, /serviceAccounts\.enable$/],
    },
    oneWay: lacking(prod('orders'), 'iam.serviceAccounts.enable'),
    drift: ON_OR_OFF,
    escalation: NO_ROOM_NEEDED,
    horizon: {
      name: prod('etl-legacy'),
      seconds: 3600,
      leaves: /^deny\/projects\/acme-prod\/interdict-c0de-tokens$/,
    },
    incomplete: NO_VERSION,
  },
  'gcp.workload-pool.disable': {
    ...pool('old-ci', 'github', 'iam.workloadIdentityPools.update'),
    horizon: { name: 'github', seconds: 3600, leaves: { nothing: true } },
  },
  'gcp.workload-provider.disable': {
    ...pool('', 'github/github-actions', 'iam.workloadIdentityPoolProviders.update'),
    contained: { secondRun: 'github/github-actions' },
  },
  'gcp.workload-provider.constrain': {
    refuse: {
      name: 'github/github-actions',
      params: { condition: `assertion.repository != '${'x'.repeat(3000)}'` },
      facet: { 'attribute-condition': `assertion.ref != '${'x'.repeat(2000)}'` },
      because: /no room in its attribute condition/,
    },
    contained: { secondRun: 'github/github-actions' },
    order: ONE_KIND,
    oneWay: lacking('github/github-actions', 'iam.workloadIdentityPoolProviders.update'),
    drift: {
      name: 'github/github-actions',
      third: cut => withEntries(cut, [['attribute-condition', "assertion.ref == 'refs/heads/main'"]]),
      restore: 'drift',
    },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'gcp.service-account.gate': {
    refuse: {
      name: data('nightly-etl'),
      open: () =>
        openGcp(estate => {
          estate.policies[`serviceAccounts/${data('nightly-etl')}`] = {
            bindings: [
              {
                role: 'roles/iam.serviceAccountTokenCreator',
                members: ['serviceAccount:agent@northwind-vendor.iam.gserviceaccount.com'],
              },
            ],
            revision: 1,
          }
        }, 'acme-data'),
      because: /is not known to be allowed/,
    },
    contained: { secondRun: prod('checkout') },
    order: ONE_KIND,
    oneWay: lacking(prod('checkout'), 'iam.serviceAccounts.setIamPolicy'),
    drift: { name: prod('checkout'), third: underACondition },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: { name: prod('checkout'), answer: withoutEtags, code: 'rejected' },
  },
  'gcp.service-account.detach': {
    refuse: { name: prod('analytics'), prepare: onlyOthers, because: /organization policy .* again/ },
    contained: { secondRun: prod('backup') },
    order: {
      name: prod('backup'),
      stepDown: [/policies\.createPolicy$/, /^deny enforced$/, /setIamPolicy$/],
    },
    oneWay: lacking(prod('orders'), 'resourcemanager.projects.setIamPolicy'),
    drift: { name: prod('backup'), third: underACondition },
    escalation: NO_ROOM_NEEDED,
    horizon: {
      name: prod('backup'),
      seconds: 3600,
      leaves: /^deny\/projects\/acme-prod\/interdict-c0de-tokens$/,
    },
    incomplete: { name: prod('backup'), answer: withoutEtags, code: 'rejected' },
  },
}
