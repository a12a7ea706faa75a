import type { AzureEstate } from '../../src/lab/azure/index.ts'
import { guid, objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import type { Hostile } from '../hostile/names-suite.ts'
import { azureCase } from './azure.ts'
import { BIDI, ESCAPES, FORMULAS, HOSTILE, LINES } from './hostile-texts.ts'

const TEXTS = [`evil${ESCAPES}`, BIDI, LINES, ...FORMULAS, '../../etc/passwd', '__proto__', 'constructor']

/** Applications of nothing but hostile texts: whoever may register one chooses them all, and the directory takes them. */
function prepare(estate: AzureEstate): void {
  const { applications, servicePrincipals, federatedCredentials, groups, subscriptions } = estate
  const application = applications.find(({ displayName }) => displayName === 'docs-deploy')
  const principal = servicePrincipals.find(({ id }) => id === objectId('docs-deploy'))
  const trust = federatedCredentials.find(each => each.application === application?.id)
  const [group] = groups
  if (!application || !principal || !trust || !group) throw new Error('the seed has changed')
  const secret = {
    keyId: '',
    displayName: `secret${ESCAPES}`,
    hint: '=1+',
    startDateTime: application.createdDateTime,
    endDateTime: '2099-01-01T00:00:00Z',
    secretText: 'hostile',
  }
  const about = {
    notes: `${LINES}${ESCAPES}`,
    tags: ['hostile', '__proto__=polluted', ...Object.values(HOSTILE)],
  }
  for (const [at, displayName] of TEXTS.entries()) {
    const [id, appId, holder] = [`principal ${at}`, `app ${at}`, `application ${at}`].map(name =>
      guid(`hostile ${name}`),
    ) as [string, string, string]
    const own = { ...about, appId, displayName }
    const passwordCredentials = [{ ...secret, keyId: guid(`hostile secret ${at}`) }]
    applications.push({ ...application, ...own, id: holder, passwordCredentials })
    servicePrincipals.push({ ...principal, ...own, id, servicePrincipalNames: [appId, BIDI] })
    federatedCredentials.push({
      ...trust,
      id: guid(`hostile trust ${at}`),
      application: holder,
      // A name is all that the directory is strict about: it is part of an address.
      name: `hostile-${at}`,
      description: `${ESCAPES}${BIDI}`,
      issuer: `https://evil.example/${BIDI}`,
      subject: displayName,
      audiences: [ESCAPES],
    })
    group.members.push(id)
  }
  group.displayName = `readers${ESCAPES}`
  estate.tenant.displayName = `acme${ESCAPES}`
  for (const subscription of subscriptions) subscription.displayName = `${subscription.displayName}${BIDI}`
}

const PLAYBOOK = `version: 1
name: stop-hostile
title: Stop what has a hostile name
status: test
severity: high
scope:
  azure: { subscriptions: ["${SUBSCRIPTIONS.production}"] }
limit: { identities: 50, share: 1 }
steps:
  - name: its trust
    select: identity.kind == "federated-credential" && identity.name == "${guid('hostile application 0')}/hostile-0"
    interrupt: [disable]
  - name: its principal
    select: identity.kind == "service-principal" && identity.displayName.startsWith("evil")
    interrupt: [quarantine, disable, detach]
`

export const azureHostile: Hostile = {
  open: () => ({ ...azureCase(prepare), playbook: PLAYBOOK }),
  where: 'identity.kind == "service-principal" && identity.tags.exists(tag, tag == "hostile")',
  told: 'evil',
  text: `evil${ESCAPES}`,
}
