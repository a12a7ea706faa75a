import type { FactShape, Kind } from '../../../model/kind.ts'

/** Facts that every kind has; `created` is missing for service accounts and pools, since Google does not tell. */
const COMMON: FactShape = {
  enabled: 'bool',
  created: 'time',
  /** Day-granular, and only of the last 90 days or so. This and the next two are missing where Google does not tell. */
  lastUsed: 'time',
  /** Since the last use. */
  unusedDays: 'int',
  neverUsed: 'bool',
  /** `google`, `user`, or `unknown` where only the audit log knows; empty when it is enabled. */
  disabledBy: 'string',
}

const OWNED: FactShape = { serviceAccount: 'string' }

export const kinds: readonly Kind[] = [
  {
    name: 'service-account',
    summary: 'Service account',
    credential: false,
    facts: {
      ...COMMON,
      email: 'string',
      displayName: 'string',
      description: 'string',
      /** `user-made`, or `default` for those of Compute Engine and App Engine. */
      class: 'string',
      /** By which a super administrator may have let it act for the users of the domain. */
      oauth2ClientId: 'string',
      /** Seconds that its access tokens may live at most; missing where the organization policy may not be read. */
      maxTokenSeconds: 'int',
      /** Ids of its keys, when keys were listed as well. */
      keys: 'list<string>',
      /**
       * Roles it holds itself on the project, the folders above and the organization; not what it has through groups.
       * Missing where one of these policies may not be read.
       */
      roles: { list: { role: 'string', resource: 'string', condition: 'string' } },
      /** The organization that it administers, empty for none; missing where that is unknown. */
      administers: 'string',
      /**
       * Who may act as it, or make credentials of it, by its own policy, as Cloud Asset Inventory knows it: some minutes
       * old. Missing where it may not be read, like the next one.
       */
      impersonators: { list: { member: 'string', role: 'string', condition: 'string' } },
      /** Those of them that are workloads: pools, their subjects, Kubernetes service accounts. */
      workloads: 'list<string>',
    },
  },
  {
    name: 'service-account-key',
    summary: 'Key of a service account',
    credential: true,
    owners: ['service-account'],
    facts: {
      ...COMMON,
      ...OWNED,
      /** `google` where Google made the pair, `user` where a public key was uploaded. */
      origin: 'string',
      /** Missing when it does not expire. */
      expires: 'time',
      disableReason: 'string',
      /** Google found it in public or in bad hands; this stays with a key for life. */
      exposed: 'bool',
      /** Google's remark about that, e.g. where it was found. */
      exposure: 'list<string>',
    },
  },
  {
    name: 'hmac-key',
    summary: 'Cloud Storage HMAC key of a service account',
    credential: true,
    owners: ['service-account'],
    // An API key comes back from its deletion with its old date, and a certificate's maker dates an uploaded key.
    dated: true,
    facts: { ...COMMON, ...OWNED, updated: 'time' },
  },
  {
    name: 'api-key',
    summary: 'API key, bound to a service account or to nobody',
    credential: true,
    owners: ['service-account'],
    facts: {
      ...COMMON,
      ...OWNED,
      displayName: 'string',
      /** Which of its callers it tells apart: `server`, `browser`, `android`, `ios`; empty for none. */
      restriction: 'string',
      ips: 'list<string>',
      referrers: 'list<string>',
      /** Services that it opens; empty for all. */
      apis: 'list<string>',
    },
  },
  {
    name: 'workload-pool',
    summary: 'Workload identity pool',
    credential: false,
    facts: {
      ...COMMON,
      displayName: 'string',
      description: 'string',
      mode: 'string',
      /** Of its providers: whom it trusts. */
      issuers: 'list<string>',
    },
  },
  {
    name: 'workload-provider',
    summary: 'Identity provider of a workload identity pool',
    credential: false,
    facts: {
      ...COMMON,
      pool: 'string',
      displayName: 'string',
      description: 'string',
      /** `github`, `gitlab`, `azure`, `aws`, `gke`, `terraform`, `oidc`, `saml`, `x509`. */
      idp: 'string',
      issuer: 'string',
      audiences: 'list<string>',
      attributeCondition: 'string',
      attributes: 'map<string>',
    },
  },
  {
    name: 'deny-policy',
    summary: 'Deny policy of a project',
    credential: false,
    // Five calls a minute are all that IAM lets pass.
    costly: true,
    facts: { ...COMMON, displayName: 'string', ours: 'bool', annotations: 'map<string>' },
  },
]
