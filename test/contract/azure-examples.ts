import { guid, objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import { ROLES } from '../../src/lab/azure/seed/permissions.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { type Facet, withEntries } from '../../src/model/facet.ts'
import type { Json } from '../../src/model/json.ts'
import { applicationId, certificateId, federatedId, mayOnlyLook } from './azure-subjects.ts'
import type { LensExamples } from './lens-laws.ts'

type Examples = LensExamples<AzureEstate>

const ONE_KIND = { notApplicable: 'it is one call, and there is nothing beside it to come first' }
const NO_ROOM_NEEDED = { notApplicable: 'it takes something away or switches it, which needs no room' }
const OVER_AT_ONCE = { notApplicable: 'nothing that was issued before would work again once it is back' }
const ON_OR_OFF = { notApplicable: 'the switch is on or off, with no third value that somebody could set' }
const OWN_DENY = { notApplicable: 'what denies has the name of its run, and each run adds its own' }
const NO_VERSION = { notApplicable: 'the write carries no version of what was read' }
const NO_STEP_DOWN = { nothing: true } as const

const MICROSOFT_GRAPH = objectId('Microsoft Graph')

/** It owns a subscription, so that it could lift a deny assignment. */
const ownerOfASubscription = (principal: string) => (estate: AzureEstate) => {
  const [any] = estate.roleAssignments
  if (any === undefined) throw new Error('no role assignment in the seed')
  const scope = `/subscriptions/${SUBSCRIPTIONS.production}`
  const roleDefinitionId = `${scope}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.Owner}`
  estate.roleAssignments.push({
    ...any,
    ...{ name: guid(`owner ${principal}`), scope, roleDefinitionId, principalId: principal },
    ...{ principalType: 'ServicePrincipal', condition: null, conditionVersion: null },
  })
}

/** The lens's words to somebody who may only read. */
const oneWay = (name: string, because: RegExp, params?: Json) => ({
  name,
  because,
  prepare: mayOnlyLook,
  ...(params === undefined ? {} : { params }),
})

/** The first entry with a prefix among those that a cut adds or takes away, as something else. */
const instead =
  (prefix: string, value: (of: { [name: string]: Json }) => Json) => (cut: Facet, before: Facet) => {
    const entry = Object.keys({ ...cut, ...before }).find(each => each.startsWith(prefix)) ?? ''
    return withEntries(cut, [[entry, value((cut[entry] ?? before[entry]) as { [name: string]: Json })]])
  }

/** An identity that has the name of the directory synchronisation. */
const synchronisation: Examples['refuse'] = {
  name: objectId('id-runner'),
  prepare: estate => {
    for (const each of estate.servicePrincipals) {
      if (each.id === objectId('id-runner')) each.displayName = 'ConnectSyncProvisioning_DC01'
    }
  },
  because: /directory synchronisation/,
}

const quarantine = (kind: string, name: string, seconds: number): Examples => ({
  refuse:
    kind === 'managed-identity'
      ? { name, params: { at: 'management-group' }, because: /no management group is named/ }
      : { name: MICROSOFT_GRAPH, because: /Microsoft itself/ },
  contained: OWN_DENY,
  order: {
    name,
    prepare: ownerOfASubscription(name),
    contain: [/denyAssignments\/write$/],
    restore: /denyAssignments\/delete$/,
  },
  oneWay: oneWay(name, /lack Microsoft\.Authorization\/(denyAssignments\/delete|roleAssignments\/write) at/),
  drift: { name, third: instead('deny/', value => ({ ...value, actions: ['Microsoft.Compute/*/delete'] })) },
  escalation: {
    name,
    rungs: [/^deny\//, /^azure-role\//],
    last: 'same',
  },
  horizon: { name, seconds, leaves: NO_STEP_DOWN },
  incomplete: NO_VERSION,
})

const detach = (
  name: string,
  seconds: number,
  { refuse, secondRun }: { refuse: Examples['refuse']; secondRun: string },
): Examples => ({
  refuse,
  contained: { secondRun },
  order: { name, contain: [/roleAssignments\/delete$/] },
  oneWay: oneWay(name, /lack .*roleAssignments\/write at/),
  drift: {
    name,
    third: instead('azure-role/', value => ({ ...value, description: 'given again by somebody else' })),
  },
  escalation: NO_ROOM_NEEDED,
  horizon: { name, seconds, leaves: NO_STEP_DOWN },
  incomplete: NO_VERSION,
})

/** An example for every law of every lens; see `lens-laws.ts`. */
export const EXAMPLES: { [id: string]: Examples } = {
  'azure.service-principal.quarantine': quarantine('service-principal', objectId('billing-export'), 5400),
  'azure.managed-identity.quarantine': quarantine('managed-identity', objectId('id-backup'), 86_400),
  'azure.service-principal.disable': {
    refuse: { name: MICROSOFT_GRAPH, because: /Microsoft itself/ },
    contained: { name: objectId('retired-importer') },
    order: ONE_KIND,
    oneWay: oneWay(objectId('billing-export'), /asks for Application\.ReadWrite\.All/),
    drift: ON_OR_OFF,
    escalation: NO_ROOM_NEEDED,
    horizon: { name: objectId('billing-export'), seconds: 86_400, leaves: NO_STEP_DOWN },
    incomplete: NO_VERSION,
  },
  'azure.managed-identity.disable': {
    refuse: synchronisation,
    contained: { secondRun: objectId('id-runner') },
    order: ONE_KIND,
    oneWay: oneWay(objectId('id-runner'), /asks for Application\.ReadWrite\.All/),
    drift: ON_OR_OFF,
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'azure.application.disable': {
    refuse: { name: applicationId('saas-product'), because: /stop in all of them/ },
    contained: { name: applicationId('legacy-export') },
    order: ONE_KIND,
    oneWay: oneWay(applicationId('mail-insights'), /asks for Application\.ReadWrite\.All/),
    drift: ON_OR_OFF,
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'azure.federated-credential.disable': {
    refuse: {
      name: federatedId('docs-deploy', 'docs-main'),
      facts: { on: 'service-principal' },
      because: /no way to put it back/,
    },
    contained: { secondRun: federatedId('docs-deploy', 'docs-main') },
    order: ONE_KIND,
    oneWay: oneWay(federatedId('docs-deploy', 'docs-main'), /asks for Application\.ReadWrite\.All/),
    drift: {
      name: federatedId('docs-deploy', 'docs-main'),
      third: instead('trust', value => ({ ...value, subject: 'repo:somebody/else:ref:refs/heads/main' })),
    },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'azure.certificate.disable': {
    refuse: { name: certificateId('ledger-sync', 'ledger-2023'), because: /has expired/ },
    contained: { secondRun: certificateId('ledger-sync', 'ledger-2026') },
    order: ONE_KIND,
    oneWay: oneWay(certificateId('ledger-sync', 'ledger-2026'), /asks for Application\.ReadWrite\.All/),
    drift: {
      notApplicable: 'the directory never changes an entry of the list: another certificate is another entry',
    },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'azure.storage-account.constrain': {
    refuse: { notApplicable: 'shared keys can always be allowed again' },
    contained: { name: 'stacmevault' },
    order: ONE_KIND,
    oneWay: oneWay('stacmelogs', /lack Microsoft\.Storage\/storageAccounts\/write at/),
    drift: ON_OR_OFF,
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'azure.service-principal.gate': {
    refuse: { name: objectId('vendor-sync'), because: /it is of another/ },
    contained: OWN_DENY,
    order: ONE_KIND,
    oneWay: oneWay(objectId('billing-export'), /asks for Policy\.ReadWrite\.ConditionalAccess/),
    drift: {
      name: objectId('billing-export'),
      third: instead('conditional-access/', value => ({ ...value, state: 'disabled' })),
    },
    escalation: NO_ROOM_NEEDED,
    horizon: { name: objectId('billing-export'), seconds: 86_400, leaves: NO_STEP_DOWN },
    incomplete: NO_VERSION,
  },
  'azure.service-principal.detach': detach(objectId('billing-export'), 5400, {
    refuse: { name: objectId('dr-operator'), because: /Privileged Identity Management gives for a time/ },
    // With nothing beside it that is not ours to take, which would be a reason to refuse.
    secondRun: objectId('retired-importer'),
  }),
  'azure.managed-identity.detach': detach(objectId('id-backup'), 86_400, {
    refuse: synchronisation,
    secondRun: objectId('id-backup'),
  }),
}
