import type { Account, Estate, Part } from './gcp-estate.ts'
import { inner, list, type Members, text, texts } from './recordings.ts'

/** The recorded answers of Google Cloud as a person reads them. Nothing here uses the code that is tested. */

export interface Expected {
  id: string
  uid: string
  cloud: string
  account: string
  kind: string
  name: string
  owner?: string
  facts: Members
}

export interface ExpectedReading {
  uid: string
  facet: Members
  seen?: Members
}

const isThere = ({ status = 200 }: Part) => status === 200
const uidOf = ({ email, self }: Account) => text(self.value, 'uniqueId') ?? email

export function identitiesIn(estate: Estate, project: string): Expected[] {
  const found: Expected[] = []
  const made = (kind: string, name: string, uid: string, facts: Members, owner?: string) => {
    const id = `gcp:${project}:${kind}/${name}`
    const owned = owner === undefined ? {} : { owner: `gcp:${homeOf(owner)}:service-account/${owner}` }
    found.push({ id, uid, cloud: 'gcp', account: project, kind, name, ...owned, facts })
  }
  for (const account of estate.accounts.filter(({ self }) => isThere(self))) {
    const { email, self, keys } = account
    const own = [...keys].filter(([, key]) => isThere(key) && text(key.value, 'keyType') === 'USER_MANAGED')
    made('service-account', email, uidOf(account), {
      ...onOff(self.value['disabled'] !== true),
      email,
      displayName: text(self.value, 'displayName') ?? '',
      description: text(self.value, 'description') ?? '',
      class: /-compute@developer|@appspot/.test(email) ? 'default' : 'user-made',
      oauth2ClientId: text(self.value, 'oauth2ClientId') ?? '',
      keys: own.map(([id]) => id),
      ...grantedTo(email, estate, project),
      // The roles in the recorded policies of accounts are of no catalogue, so that each may be a power over the account.
      impersonators: list(account.policy?.value, 'bindings').flatMap(({ role, members }) =>
        (members as string[]).map(member => ({ member, role, condition: '' })),
      ),
      workloads: [],
    })
    for (const [id, { value }] of own) made('service-account-key', id, id, keyFacts(value, email), email)
  }
  for (const [id, { value }] of estate.apiKeys)
    made('api-key', id, text(value, 'uid') ?? id, apiKeyFacts(value))
  return found
}

/** The project that an address names. */
function homeOf(email: string): string {
  return email.split('@')[1]?.replace('.iam.gserviceaccount.com', '') ?? ''
}

function onOff(enabled: boolean): Members {
  return { enabled, disabledBy: enabled ? '' : 'unknown' }
}

function keyFacts(key: Members, email: string): Members {
  const until = text(key, 'validBeforeTime') ?? ''
  return {
    ...onOff(key['disabled'] !== true),
    created: new Date(text(key, 'validAfterTime') ?? '').toISOString(),
    origin: text(key, 'keyOrigin') === 'GOOGLE_PROVIDED' ? 'google' : 'user',
    // The last second of the year 9999 is never.
    ...(until.startsWith('9999-12-31') ? {} : { expires: new Date(until).toISOString() }),
    disableReason: '',
    exposed: false,
    exposure: [],
    serviceAccount: email,
  }
}

function apiKeyFacts(key: Members): Members {
  const restrictions = inner(key, 'restrictions') ?? {}
  const kind = Object.keys(restrictions).find(name => name.endsWith('KeyRestrictions'))
  const ips = texts(inner(restrictions, 'serverKeyRestrictions'), 'allowedIps')
  return {
    enabled: true,
    disabledBy: '',
    created: new Date(text(key, 'createTime') ?? '').toISOString(),
    displayName: text(key, 'displayName') ?? '',
    restriction: kind?.replace('KeyRestrictions', '') ?? '',
    ips,
    referrers: texts(inner(restrictions, 'browserKeyRestrictions'), 'allowedReferrers'),
    apis: list(restrictions, 'apiTargets').map(each => text(each, 'service')),
    serviceAccount: text(key, 'serviceAccountEmail') ?? '',
  }
}

/** The project and what is above it, as far as that may be read. */
export function placesOf({ projects, above }: Estate, project: string): string[] {
  const places = [`projects/${project}`]
  for (
    let at = text(projects.get(project), 'parent');
    at !== undefined && above.has(at);
    at = text(above.get(at), 'parent')
  ) {
    places.push(at)
  }
  return places
}

/** Whether something above the project may not be read, so that nobody knows all that is granted there. */
function isHidden({ projects, above }: Estate, project: string): boolean {
  let at = text(projects.get(project), 'parent')
  while (at !== undefined && above.has(at)) at = text(above.get(at), 'parent')
  return at !== undefined
}

function grantedTo(email: string, estate: Estate, project: string): Members {
  const held = heldBy(email, estate, project)
  const administered = held.find(
    ({ role, resource }) => role === 'roles/owner' && resource.startsWith('organizations/'),
  )
  const known = !isHidden(estate, project)
  return {
    ...(known ? { roles: held.map(({ role, resource }) => ({ role, resource, condition: '' })) } : {}),
    ...(administered || known ? { administers: administered?.resource ?? '' } : {}),
  }
}

/** Roles that an account holds itself, each once for a resource, however often the policy says it. */
function heldBy(email: string, estate: Estate, project: string): { role: string; resource: string }[] {
  return placesOf(estate, project).flatMap(resource => {
    const bindings = list(estate.policies.get(resource)?.value, 'bindings')
    const held = bindings.filter(each => texts(each, 'members').includes(`serviceAccount:${email}`))
    return [...new Set(held.map(each => text(each, 'role') ?? ''))].map(role => ({ role, resource }))
  })
}

export function readingOf(
  interruption: string,
  { kind, name, uid, account: project }: Expected,
  estate: Estate,
): ExpectedReading {
  const verb = interruption.split('.')[2]
  if (kind === 'api-key') {
    const restrictions = inner(estate.apiKeys.get(name)?.value, 'restrictions')
    return { uid, facet: restrictions ? { restrictions } : {} }
  }
  if (kind === 'service-account-key') return { uid, facet: { enabled: true }, seen: { managedBy: 'user' } }
  const account = estate.accounts.find(({ email }) => email === name)
  switch (verb) {
    case 'disable': {
      const enabled = account?.self.value['disabled'] !== true
      return { uid, facet: { enabled }, seen: { maxTokenSeconds: 'unknown' } }
    }
    case 'quarantine':
      // Deny policies come with a role of an organization.
      return {
        uid,
        facet: {},
        seen: {
          place: `projects/${project}`,
          ...(estate.projects.get(project)?.['parent'] === undefined ? { missing: 'said' } : {}),
        },
      }
    case 'gate':
      return { uid, facet: {}, seen: { outside: [], unknownDomains: [], left: 'said' } }
  }
  const held = heldBy(name, estate, project)
  const grants = held.map(({ role, resource }) => [
    `grant/${role}@${resource}`,
    { resource, role, member: `serviceAccount:${name}`, conditions: [null] },
  ])
  // An owner of the organization is left to people, so that nobody asks whether it may be granted again.
  const asked = held.filter(
    ({ role, resource }) => !(role === 'roles/owner' && resource.startsWith('organizations/')),
  )
  const unknownDomains = [...new Set(asked.map(({ resource }) => resource))]
  return {
    uid,
    facet: Object.fromEntries(grants),
    seen: { outside: [], unknownDomains, full: [], left: 'said' },
  }
}
