/**
 * Who takes each cut back, besides us: a basic role, a predefined one, or the target itself with a token that is still
 * accepted (IAM documentation, "Roles and permissions"; owners of a project have no `iam.denypolicies.*`).
 */
export const UNDONE_BY: { readonly [id: string]: string } = {
  'gcp.service-account.quarantine':
    'Deny Admins of the organization only; not an owner of the project, and not the target, once it is enforced',
  'gcp.service-account.disable':
    'owners and editors of the project, Service Account Admins; the target with such a role until it is enforced, unless quarantined',
  'gcp.service-account-key.disable':
    'owners and editors of the project, Service Account Key Admins; deny rules do not know the permission, but tokens by the key are denied under a quarantine',
  'gcp.hmac-key.disable':
    'owners and editors of the project, Storage HMAC Key Admins; the target with such a role, unless quarantined',
  'gcp.api-key.disable': 'owners and editors of the project, API Keys Admins',
  'gcp.service-account.gate':
    'owners of the project, Service Account Admins; the target with such a role, unless quarantined',
  'gcp.service-account.detach':
    'owners of the project, its IAM Admins and those above; the target with such a role until it is enforced, unless quarantined',
  'gcp.workload-pool.disable':
    'owners and editors of the project, Workload Identity Pool Admins; the target with such a role, unless quarantined',
  'gcp.workload-provider.disable':
    'owners and editors of the project, Workload Identity Pool Admins; the target with such a role, unless quarantined',
  'gcp.workload-provider.constrain':
    'owners and editors of the project, Workload Identity Pool Admins; the target with such a role, unless quarantined',
}
