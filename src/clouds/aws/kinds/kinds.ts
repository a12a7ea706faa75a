import type { FactShape, Kind } from '../../../model/kind.ts'

/** Facts that every AWS identity has. */
const COMMON: FactShape = {
  path: 'string',
  tags: 'map<string>',
  created: 'time',
  enabled: 'bool',
  /** This and the next two are missing where AWS does not tell; null stands for never. */
  lastUsed: 'time',
  /** Since the last use, or since its creation when it was never used. */
  unusedDays: 'int',
  neverUsed: 'bool',
}

/** Facts of users and roles. */
const PRINCIPAL: FactShape = {
  /** `service-linked` and `sso` are roles that only AWS changes. */
  reserved: 'string',
  human: { score: 'double', verdict: 'string', reasons: 'list<string>' },
  grants: {
    managed: 'list<string>',
    inline: 'list<string>',
    groups: 'list<string>',
    boundary: 'string',
  },
  /** Names of the quarantine policies that AWS itself attached. */
  awsQuarantine: 'list<string>',
}

const OWNED: FactShape = { user: 'string' }

export const kinds: readonly Kind[] = [
  {
    name: 'user',
    summary: 'IAM user',
    credential: false,
    localNames: true,
    facts: { ...COMMON, ...PRINCIPAL, keys: 'list<string>', password: 'bool', mfa: 'bool' },
  },
  {
    name: 'role',
    summary: 'IAM role',
    credential: false,
    localNames: true,
    facts: {
      ...COMMON,
      ...PRINCIPAL,
      trust: {
        services: 'list<string>',
        accounts: 'list<string>',
        principals: 'list<string>',
        externalIds: 'list<string>',
        saml: 'list<string>',
        orphans: 'list<string>',
        open: 'bool',
        /** Why it may trust accounts that `accounts` does not have; empty where it does not. */
        undecided: 'list<string>',
        oidc: { list: { issuer: 'string', subjects: 'list<string>', audiences: 'list<string>' } },
      },
      /** Seconds; missing, since the bulk listing does not tell: a guess that is too short would end a hold too early. */
      maxSession: 'int',
      instanceProfiles: 'list<string>',
    },
  },
  {
    name: 'access-key',
    summary: 'Access key of an IAM user',
    credential: true,
    owners: ['user'],
    facts: { ...COMMON, ...OWNED, lastUsedService: 'string', lastUsedRegion: 'string' },
  },
  {
    name: 'service-credential',
    summary: 'Service-specific credential, such as a Bedrock API key',
    credential: true,
    owners: ['user'],
    dated: true,
    facts: { ...COMMON, ...OWNED, service: 'string', status: 'string', expires: 'time' },
  },
  {
    name: 'signing-certificate',
    summary: 'X.509 signing certificate of an IAM user',
    credential: true,
    owners: ['user'],
    dated: true,
    facts: { ...COMMON, ...OWNED },
  },
  {
    name: 'ssh-key',
    summary: 'SSH public key of an IAM user (CodeCommit)',
    credential: true,
    owners: ['user'],
    dated: true,
    costly: true,
    facts: { ...COMMON, ...OWNED },
  },
  {
    name: 'oidc-provider',
    summary: 'OpenID Connect provider that roles may trust',
    credential: false,
    facts: {
      ...COMMON,
      issuer: 'string',
      audiences: 'list<string>',
      thumbprints: 'list<string>',
      /** Names of the roles that trust it, when roles were listed as well. */
      roles: 'list<string>',
    },
  },
  {
    name: 'instance-profile-association',
    summary: 'Instance profile on an EC2 instance',
    credential: false,
    costly: true,
    facts: {
      ...COMMON,
      instance: 'string',
      profile: 'string',
      role: 'string',
      region: 'string',
      state: 'string',
    },
  },
]
