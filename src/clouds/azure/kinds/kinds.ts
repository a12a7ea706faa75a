import type { FactShape, Kind } from '../../../model/kind.ts'

/** Facts that every identity of Azure has. */
const COMMON: FactShape = {
  displayName: 'string',
  tags: 'map<string>',
  created: 'time',
  enabled: 'bool',
  /** This and the next are missing where the directory does not tell, which is not "never". */
  lastUsed: 'time',
  unusedDays: 'int',
}

/** The rights of a principal. Each is missing where these credentials could not look at it. */
const GRANTS: FactShape = {
  /** Azure role assignments of its own; those of its groups are not among them. */
  roles: { list: { role: 'string', scope: 'string', id: 'string', conditional: 'bool' } },
  /** Names of directory roles, e.g. `Global Administrator`. */
  directoryRoles: 'list<string>',
  /** Application permissions, e.g. `Mail.Read` of `Microsoft Graph`. */
  appRoles: { list: { resource: 'string', value: 'string', id: 'string' } },
  /** The delegated permissions that users, or an administrator for all of them (`AllPrincipals`), gave it. */
  delegatedGrants: { list: { resource: 'string', scopes: 'list<string>', consent: 'string', id: 'string' } },
  groups: { list: { id: 'string', name: 'string' } },
  /** Object ids. */
  owners: 'list<string>',
}

/** Facts of service principals, and of the managed identities that are some of them. */
const PRINCIPAL: FactShape = {
  ...GRANTS,
  /** `application`, `managed-identity`, `agent-identity`, `agent-blueprint`, `legacy`; else as the directory says it. */
  type: 'string',
  appId: 'string',
  /** Tenant that the application is registered in; empty where there is none. */
  ownerTenant: 'string',
  /** Of another tenant, and not Microsoft's own. */
  thirdParty: 'bool',
  firstParty: 'bool',
  /** Key ids of secrets on the principal itself: none is needed there, so one is worth a look. */
  secrets: 'list<string>',
  certificates: 'list<string>',
}

/** Facts of what somebody signs in with. */
const OWNED: FactShape = {
  /** Object id of the application or principal that it is on. */
  objectId: 'string',
  /** `application`, `service-principal` or `managed-identity`. */
  on: 'string',
  /** Its name for people; display names are nobody’s alone. */
  ownerName: 'string',
  expires: 'time',
}

const HOLDERS = ['application', 'service-principal', 'managed-identity']

export const kinds: readonly Kind[] = [
  {
    name: 'service-principal',
    summary: 'Service principal: an application or an agent in this tenant',
    credential: false,
    facts: {
      ...COMMON,
      ...PRINCIPAL,
      /** Object id of its application, where that is registered in this tenant. */
      application: 'string',
      signInAudience: 'string',
      /** App id of the blueprint that an agent is made from. */
      blueprint: 'string',
      /** Why Microsoft has switched the application off; empty where it has not. */
      disabledByMicrosoft: 'string',
    },
  },
  {
    name: 'managed-identity',
    summary: 'Managed identity of Azure resources; its principal is not listed a second time',
    credential: false,
    facts: {
      ...COMMON,
      ...PRINCIPAL,
      principalId: 'string',
      /** `user`: a resource of its own; `system`: part of the resource that it belongs to. */
      assigned: 'string',
      /** Resource id of the identity, or of the resource that has it. */
      resource: 'string',
      /** Ids of the resources that run as it. */
      usedBy: 'list<string>',
    },
  },
  {
    name: 'application',
    summary: 'Application registered in this tenant',
    credential: false,
    facts: {
      ...COMMON,
      appId: 'string',
      /** `AzureADMyOrg`: this tenant alone; anything else is somebody else’s outage as well. */
      signInAudience: 'string',
      multiTenant: 'bool',
      secrets: 'list<string>',
      certificates: 'list<string>',
      owners: 'list<string>',
      blueprint: 'bool',
      disabledByMicrosoft: 'string',
      /** Object id of its service principal here; empty where it has none. */
      principal: 'string',
    },
  },
  {
    name: 'client-secret',
    summary: 'Client secret; only what is known about it, never its text',
    credential: true,
    owners: HOLDERS,
    facts: { ...COMMON, ...OWNED, keyId: 'string', hint: 'string' },
  },
  {
    name: 'certificate',
    summary: 'Certificate that an application signs in with',
    credential: true,
    owners: HOLDERS,
    facts: {
      ...COMMON,
      ...OWNED,
      keyId: 'string',
      /** `Verify`, or `Sign` for one that signs SAML answers. */
      usage: 'string',
      type: 'string',
      thumbprint: 'string',
    },
  },
  {
    name: 'federated-credential',
    summary: 'Trust in tokens of another issuer, e.g. of GitHub Actions',
    credential: true,
    owners: HOLDERS,
    facts: {
      ...COMMON,
      ...OWNED,
      /** As in sign-in logs; another one after it was removed and put back. */
      credentialId: 'string',
      issuer: 'string',
      /** Empty where an expression says which subjects. */
      subject: 'string',
      audiences: 'list<string>',
      expression: 'string',
      /** Resource id of the managed identity that it is on. */
      resource: 'string',
    },
  },
  {
    name: 'storage-account',
    summary: 'Storage account, which its keys and what is signed with them let in',
    credential: false,
    costly: true,
    facts: {
      ...COMMON,
      resource: 'string',
      subscription: 'string',
      /** Whether its keys are accepted. */
      sharedKey: 'bool',
    },
  },
]
