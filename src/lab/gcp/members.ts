import { identityOf } from './binding.ts'
import type { LiveEstate } from './estate.ts'
import { invalid, precondition } from './google-error.ts'
import type { Binding } from './store.ts'

const FORMS =
  /^(?:allUsers|allAuthenticatedUsers|(?:user|group|serviceAccount):[^\s@]+@[^\s@]+|serviceAccount:[^\s@[\]]+\[[^\s@[\]]+\]|domain:[^\s@]+|deleted:(?:user|group|serviceAccount):[^\s@]+@[^\s@]+\?uid=\d+|deleted:principal:\/\/\S+|principal(?:Set)?:\/\/\S+|project(?:Owner|Editor|Viewer):\S+)$/

/**
 * Whether the members may be what a policy says now, seen from what it said before: what stays is never asked about.
 * @throws GoogleError INVALID_ARGUMENT for a member that there is not, FAILED_PRECONDITION for one of another
 * organization where that is restricted
 */
export function checkMembers(
  estate: LiveEstate,
  resource: string,
  before: readonly Binding[],
  after: readonly Binding[],
): void {
  const known = new Set(before.flatMap(grantsOf))
  const mentioned = new Set(before.flatMap(({ members }) => members))
  const all = new Set(after.flatMap(({ members }) => members))
  for (const member of all) {
    if (!member.startsWith('deleted:')) continue
    const living = member.slice('deleted:'.length).replace(/\?uid=\d+$/, '')
    // As people know it from the Terraform provider's issues, e.g. k8s-config-connector 279.
    if (all.has(living) || !mentioned.has(member)) {
      throw invalid(`Inconsistent representation of deleted member ${member}.`)
    }
  }
  const guests: string[] = []
  const strangers: string[] = []
  for (const binding of after) {
    for (const member of binding.members) {
      if (known.has(grantOf(binding, member))) continue
      checkForm(estate, resource, member)
      if (!isAtHome(estate, resource, member)) guests.push(member)
      if (!isAmongAllowed(estate, resource, member)) strangers.push(member)
    }
  }
  if (guests.length > 0) {
    throw precondition(
      'One or more users named in the policy do not belong to a permitted customer.',
      guests.map(member => ({
        type: 'constraints/iam.allowedPolicyMemberDomains',
        subject: `orgpolicy:${resource}`,
        description: `User ${member} is not in permitted organization.`,
      })),
    )
  }
  if (strangers.length > 0) {
    throw precondition(
      'Operation denied by org policy on resource.',
      strangers.map(member => ({
        type: 'constraints/iam.managed.allowedPolicyMembers',
        subject: `orgpolicy:${resource}`,
        description: `Member ${member} is not allowed.`,
      })),
    )
  }
}

/** The managed constraint: members that are named, and those of organizations that are. */
function isAmongAllowed(estate: LiveEstate, resource: string, member: string): boolean {
  const rules = estate.constraint(resource, 'iam.managed.allowedPolicyMembers')?.rules ?? []
  const enforced = rules.filter(({ enforce }) => enforce === true)
  if (enforced.length === 0) return true
  const subjects = enforced.flatMap(({ parameters }) => parameters?.allowedMemberSubjects ?? [])
  const sets = enforced.flatMap(({ parameters }) => parameters?.allowedPrincipalSets ?? [])
  if (subjects.includes(member)) return true
  const own = `//cloudresourcemanager.googleapis.com/organizations/${estate.organization.id}`
  return sets.includes(own) && isOfOrganization(estate, member)
}

function checkForm(estate: LiveEstate, resource: string, member: string): void {
  if (!FORMS.test(member)) throw invalid(`The member ${member} is of an unknown type.`)
  if (member.startsWith('all') && !resource.startsWith('secrets/')) {
    throw invalid(`Members of type allUsers and allAuthenticatedUsers cannot be added to ${resource}.`)
  }
  const email = serviceAccountOf(member)
  if (email === undefined) return
  const project = projectOf(email)
  const isOurs = project !== undefined && estate.project(project) !== undefined
  if (isOurs && estate.account(email) === undefined) throw invalid(`Service account ${email} does not exist.`)
}

/** "Restricting identities by domain": who is in the organization's own directory, or Google's machinery. */
function isAtHome(estate: LiveEstate, resource: string, member: string): boolean {
  const constraint = estate.constraint(resource, 'iam.allowedPolicyMemberDomains')
  if (constraint === undefined || constraint.rules.some(({ allowAll }) => allowAll === true)) return true
  const allowed = new Set(constraint.rules.flatMap(({ values }) => values?.allowedValues ?? []))
  return allowed.has(estate.organization.customerId) && isOfOrganization(estate, member)
}

function isOfOrganization(estate: LiveEstate, member: string): boolean {
  if (member.startsWith('all')) return false
  const email = serviceAccountOf(member)
  if (email !== undefined) {
    const project = projectOf(email)
    return project === undefined || estate.project(project) !== undefined
  }
  const [, domain] = /^(?:user|group):[^@]+@(.+)$/.exec(member) ?? []
  if (domain !== undefined) return domain === estate.organization.displayName
  const [, number] = /\/projects\/(\d+)\//.exec(member) ?? []
  return number === undefined || estate.project(number) !== undefined
}

function serviceAccountOf(member: string): string | undefined {
  const [, email] = /^serviceAccount:([^@[\]]+@.+)$/.exec(member) ?? []
  return email
}

/** Of an account that people make; undefined for Google's own. */
function projectOf(email: string): string | undefined {
  const [, name = '', project] = /^(.+)@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(email) ?? []
  return project === undefined || /^gcp-sa-/.test(project) || /^service-\d+$/.test(name) ? undefined : project
}

function grantsOf(binding: Binding): string[] {
  return binding.members.map(member => grantOf(binding, member))
}

function grantOf(binding: Binding, member: string): string {
  return `${identityOf(binding)} ${member}`
}
