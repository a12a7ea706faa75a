import type { LiveEstate } from './estate.ts'
import type { AccountPrincipal, FederatedPrincipal } from './store.ts'

/** Who calls: a service account, or a workload with a federated token of a pool. */
export type Principal = AccountPrincipal | FederatedPrincipal

/** As counted, and as in fault rules and audit logs. */
export function nameOf(principal: Principal): string {
  return principal.kind === 'account' ? principal.email : principal.subject
}

/**
 * Every way in which allow policies may name the caller, groups included (IAM, "Principal identifiers").
 */
export function membersOf(estate: LiveEstate, principal: Principal): ReadonlySet<string> {
  const members = new Set(['allUsers', 'allAuthenticatedUsers'])
  if (principal.kind === 'account') {
    members.add(`serviceAccount:${principal.email}`)
    addContainers(members, estate, principal.email)
  } else {
    for (const member of poolMembers(estate, principal)) members.add(member)
  }
  for (const member of [...members]) {
    for (const group of estate.groupsOf.get(member) ?? []) members.add(group)
  }
  return members
}

/** The same for deny policies, which have names of their own ("Principal identifiers", v2 API). */
export function denyNamesOf(estate: LiveEstate, principal: Principal): ReadonlySet<string> {
  const names = new Set(['principalSet://goog/public:all'])
  if (principal.kind === 'account') {
    names.add(`principal://iam.googleapis.com/projects/-/serviceAccounts/${principal.email}`)
    names.add(`principal://iam.googleapis.com/projects/-/serviceAccounts/${principal.uniqueId}`)
    addContainers(names, estate, principal.email)
  } else {
    for (const member of poolMembers(estate, principal)) names.add(member)
  }
  for (const member of membersOf(estate, principal)) {
    if (member.startsWith('group:')) names.add(`principalSet://goog/group/${member.slice('group:'.length)}`)
  }
  return names
}

function addContainers(names: Set<string>, estate: LiveEstate, email: string): void {
  const account = estate.account(email)
  if (account === undefined) return
  for (const container of estate.lineage(`projects/${account.project}`)) {
    const [kind = '', id = ''] = container.split('/')
    const number = kind === 'projects' ? (estate.project(id)?.number ?? id) : id
    names.add(`principalSet://cloudresourcemanager.googleapis.com/${kind}/${number}/type/ServiceAccount`)
  }
}

function poolMembers(estate: LiveEstate, principal: FederatedPrincipal): string[] {
  const { project, pool, subject, attributes, groups } = principal
  const number = estate.project(project)?.number ?? project
  const path = `iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${pool}`
  const members = [`principal://${path}/subject/${subject}`, `principalSet://${path}/*`]
  for (const [name, value] of Object.entries(attributes)) {
    members.push(`principalSet://${path}/attribute.${name}/${value}`)
  }
  for (const group of groups) members.push(`principalSet://${path}/group/${group}`)
  const [, namespace, account] = /^ns\/([^/]+)\/sa\/([^/]+)$/.exec(subject) ?? []
  if (namespace !== undefined && account !== undefined && pool.endsWith('.svc.id.goog')) {
    members.push(`serviceAccount:${pool}[${namespace}/${account}]`)
  }
  return members
}
