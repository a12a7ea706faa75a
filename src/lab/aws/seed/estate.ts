import type { Account, Estate, Group, ManagedPolicy, OidcProvider, Secret, Session } from '../store.ts'
import { customerArn, providerArn, REGION } from './documents.ts'
import { ACCOUNT, ALIAS, idOf, secretOf } from './ids.ts'
import { MANAGED_POLICIES, managedArn } from './managed-policies.ts'
import { GUARD_ROLE, managementAccount, organization } from './organization.ts'
import { outsiders } from './outsiders.ts'
import { associationsOf, Calendar, inlineOf, profilesOf, roleOf, userOf } from './records.ts'
import { RESPONDER, ROLES, SAML } from './roles.ts'
import { CUSTOMER_POLICIES, type CustomerPolicySpec, GROUPS, PROVIDERS, SECRETS } from './things.ts'
import { USERS } from './users.ts'

/** With this page size every list of the seeded estate that IAM pages has a second page. */
export const SEED_PAGE_SIZE = 8

/**
 * One account in which everything has gone the way it goes, two accounts of outsiders whom it trusts, and the management
 * account of the organization that it is in. Ids, keys and
 * secrets are the same in every run; times count back from `now` (ISO 8601). Each
 * estate has its own copy of everything.
 */
export function seedEstate(now: string): Estate {
  const calendar = new Calendar(now)
  const account: Account = {
    id: ACCOUNT,
    alias: ALIAS,
    users: USERS.map(spec => userOf(spec, ACCOUNT, calendar)),
    roles: ROLES.map(spec => roleOf(spec, calendar)),
    groups: groups(calendar),
    policies: CUSTOMER_POLICIES.map(spec => customerPolicy(spec, calendar)),
    oidcProviders: providers(calendar),
    samlProviders: [{ arn: SAML, created: calendar.ago(1100) }],
    instanceProfiles: profilesOf(ROLES, calendar),
    associations: associationsOf(ROLES, calendar),
    secrets: secrets(calendar),
  }
  const session = responderSession(calendar)
  return structuredClone({
    responder: {
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secret,
      sessionToken: session.token,
      guardRoleArn: GUARD_ROLE,
    },
    managedPolicies: awsPolicies(calendar),
    accounts: [account, ...outsiders(calendar), managementAccount(calendar)],
    sessions: [session],
    organization: organization(calendar),
  })
}

/** The identity of the tool. It outlives any drill, however far that moves the clock. */
function responderSession(calendar: Calendar): Session {
  const accessKeyId = idOf('ASIA', 'responder')
  return {
    accessKeyId,
    secret: secretOf(accessKeyId),
    token: `lab-session-${idOf('', 'responder')}`,
    principal: { kind: 'role', account: ACCOUNT, name: RESPONDER, id: idOf('AROA', RESPONDER) },
    name: 'responder',
    issued: calendar.ago(0),
    expires: calendar.ago(-3650),
  }
}

function awsPolicies(calendar: Calendar): ManagedPolicy[] {
  return MANAGED_POLICIES.map(({ name, path, document }) => ({
    arn: managedArn(name),
    name,
    path,
    id: idOf('ANPA', `aws/${name}`),
    created: calendar.ago(3000),
    defaultVersion: 'v1',
    versions: [{ id: 'v1', document: JSON.stringify(document), created: calendar.ago(3000) }],
  }))
}

function customerPolicy(spec: CustomerPolicySpec, calendar: Calendar): ManagedPolicy {
  const { name, path = '/', versions, defaultVersion = `v${versions.length}` } = spec
  return {
    arn: customerArn(name),
    name,
    path,
    id: idOf('ANPA', name),
    created: calendar.ago(900),
    defaultVersion,
    versions: versions.map((document, index) => ({
      id: `v${index + 1}`,
      document: JSON.stringify(document, null, 2),
      created: calendar.ago(900 - index * 100),
    })),
  }
}

function groups(calendar: Calendar): Group[] {
  return GROUPS.map(({ name, path = '/', inline = {}, attached = [] }) => ({
    name,
    path,
    id: idOf('AGPA', name),
    created: calendar.ago(1500),
    inline: inlineOf(inline),
    attached: [...attached],
  }))
}

function providers(calendar: Calendar): OidcProvider[] {
  return PROVIDERS.map(({ url, clientIds, thumbprints }) => ({
    arn: providerArn(url),
    url,
    clientIds: [...clientIds],
    thumbprints: [...thumbprints],
    created: calendar.ago(1500),
  }))
}

function secrets(calendar: Calendar): Secret[] {
  return SECRETS.map(({ name, policy }) => ({
    arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-${idOf('', name).slice(0, 6)}`,
    name,
    value: `lab value of ${name}`,
    created: calendar.ago(600),
    ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }),
  }))
}
