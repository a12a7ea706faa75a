/** An organization of AWS Organizations as plain data. Units and accounts are never moved in the lab. */
export interface Organization {
  /** `o-…` */
  id: string
  /** Id of the management account, which must be among the accounts of the estate. */
  management: string
  /** `r-…` */
  root: string
  /** Policy types that the root has enabled. */
  policyTypes: string[]
  units: OrganizationUnit[]
  members: Member[]
  policies: ServiceControlPolicy[]
  /** Target (root, unit or account) → ids of the policies attached to it. */
  attachments: { [target: string]: string[] }
  delegated: DelegatedAdministrator[]
}

export interface OrganizationUnit {
  /** `ou-…` */
  id: string
  name: string
  /** Root or another unit. */
  parent: string
}

/** An account of the organization, the management account included. */
export interface Member {
  account: string
  name: string
  email: string
  parent: string
  joined: string
}

export interface ServiceControlPolicy {
  /** `p-…` */
  id: string
  name: string
  description: string
  content: string
  /** AWS's own: it can be attached and detached, and nothing else. */
  awsManaged?: true
}

/** `policies`: the organization's resource policy lets it change policies, too; without it, it only reads. */
export interface DelegatedAdministrator {
  account: string
  services: string[]
  since: string
  policies?: true
}
