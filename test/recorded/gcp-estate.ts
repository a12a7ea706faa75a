import { type GcpRecording, inner, list, type Members, text } from './recordings.ts'

/** Something recorded, with the files that it is from; a refusal has its status. */
export interface Part {
  value: Members
  files: string[]
  status?: number
}

export interface Account {
  email: string
  /** As listed and as asked for: undefined where it is gone. */
  self: Part
  keys: Map<string, Part>
  policy: Part | undefined
}

/** One case's recording of Google Cloud, at one moment. */
export interface Estate {
  name: string
  /** By id; v3 of Resource Manager, composed of the recorded v1. */
  projects: Map<string, Members>
  accounts: Account[]
  apiKeys: Map<string, Part>
  /** Allow policies, by `projects/…`, `folders/…`, `organizations/…`. */
  policies: Map<string, Part>
  /** Folders and organizations that may be read. */
  above: Map<string, Members>
  /** Files that projects, folders and organizations are from, and those of the listing of API keys. */
  files: Map<string, string[]>
  /** The answer at `/recorded`, to any request. */
  other?: Part
}

const NUMBER = '859150599087'
const ACCOUNT =
  /^v1-projects-(.+?)-serviceAccounts-(.+?)(?:-keys(?:-(\w+))?|-(getIamPolicy|disable|enable))?$/

type Some = readonly GcpRecording[]

const at = (some: Some, moment: number): GcpRecording | undefined => some[Math.min(moment, some.length - 1)]
const partOf = ({ body, file, status }: GcpRecording): Part => ({ value: body, files: [file], status })
const of = (some: Some, pattern: RegExp, method = 'GET') =>
  some.filter(each => each.method === method && pattern.test(each.path)).sort((a, b) => a.nth - b.nth)

export function momentsIn(some: Some): number {
  const asks = Map.groupBy(some, each => `${each.method} ${each.path}`)
  // A resource that is listed and then asked for has a state for each of the two.
  return Math.max(2, ...[...asks.values()].map(({ length }) => length))
}

export function estateOf(name: string, some: Some, moment: number): Estate {
  const estate: Estate = {
    name: `${name} at moment ${moment}`,
    projects: new Map(),
    accounts: accountsIn(some, moment),
    apiKeys: apiKeysIn(some, moment),
    policies: new Map(),
    above: new Map(),
    files: new Map(),
  }
  const keyListing = at(of(some, /-locations-global-keys$/), moment)
  if (keyListing) estate.files.set('api-keys', [keyListing.file])
  for (const [resource, answers] of policiesIn(some)) {
    const answer = at(answers, moment)
    if (answer) estate.policies.set(resource, partOf(answer))
  }
  for (const each of of(some, /^v1-organizations(-search|-\d+)$/).concat(
    of(some, /^v1-organizations-search$/, 'POST'),
  )) {
    const found = /search$/.test(each.path) ? list(each.body, 'organizations') : [each.body]
    for (const one of found) above(estate, one, [each.file])
  }
  for (const each of of(some, /^v2-folders$/))
    for (const one of list(each.body, 'folders')) above(estate, one, [each.file])
  addProjects(estate, some)
  addMembers(estate)
  return estate
}

/** As v3 has it: `state` for `lifecycleState`. */
function above(estate: Estate, recorded: Members, files: string[]): void {
  const { lifecycleState: state, owner, name, ...rest } = recorded
  const { directoryCustomerId } = (owner ?? {}) as Members
  estate.above.set(String(name), {
    name,
    state,
    ...(directoryCustomerId ? { directoryCustomerId } : {}),
    ...rest,
  })
  estate.files.set(String(name), files)
}

/**
 * Projects of listings, as v3 has them; the project that accounts and keys were asked for in; and for each folder and
 * organization with a policy and no project a project below it.
 */
function addProjects(estate: Estate, some: Some): void {
  const add = (id: string, parent: string | undefined) => {
    if (estate.projects.has(id)) return
    const name = `projects/${estate.projects.size === 0 ? NUMBER : Number(NUMBER) + estate.projects.size}`
    estate.projects.set(id, {
      name,
      projectId: id,
      state: 'ACTIVE',
      displayName: id,
      ...(parent ? { parent } : {}),
    })
  }
  const listed = of(some, /^v1-projects$/).flatMap(({ body, file }) =>
    list(body, 'projects').map(each => [each, file] as const),
  )
  const asked = of(some, /^v1-projects-c7n-test-target$/).map(({ body, file }) => [body, file] as const)
  for (const [each, file] of [...listed, ...asked]) {
    const id = text(each, 'projectId') ?? ''
    const parent = inner(each, 'parent')
    estate.projects.set(id, {
      name: `projects/${text(each, 'projectNumber')}`,
      projectId: id,
      state: each['lifecycleState'],
      displayName: each['name'],
      labels: each['labels'],
      ...(parent ? { parent: `${text(parent, 'type')}s/${text(parent, 'id')}` } : {}),
    })
    estate.files.set(`projects/${id}`, [...(estate.files.get(`projects/${id}`) ?? []), file])
  }
  const inPaths = some.flatMap(
    ({ path }) => /^v[12]-projects-(.+?)-(?:serviceAccounts|locations)/.exec(path)?.[1] ?? [],
  )
  for (const id of inPaths) add(id, undefined)
  for (const resource of estate.policies.keys()) {
    const [collection = '', id = ''] = resource.split('/')
    if (collection === 'projects') add(id, undefined)
    else add(`below-${id}`, resource)
    if (collection !== 'projects' && !estate.above.has(resource)) above(estate, { name: resource }, [])
  }
  if (estate.projects.size > 0) return
  for (const name of estate.above.keys()) add(`below-${name.split('/')[1]}`, name)
}

/** Listed first, then asked for by name; refused when it is gone. */
function accountsIn(some: Some, moment: number): Account[] {
  const states = new Map<string, Part[]>()
  const known = new Map<string, string>()
  for (const { body, file } of of(some, /-serviceAccounts$/)) {
    for (const each of list(body, 'accounts'))
      states.set(text(each, 'email') ?? '', [{ value: each, files: [file] }])
  }
  const single = of(some, ACCOUNT)
  for (const each of single.filter(
    ({ path }) => ACCOUNT.exec(path)?.[3] === undefined && !path.endsWith('-keys'),
  )) {
    // Those who recorded it changed the address in the path or in the answer: the answer counts.
    const email = text(each.body, 'email') ?? ACCOUNT.exec(each.path)?.[2] ?? ''
    states.set(email, [...(states.get(email) ?? []), partOf(each)])
    const uid = text(each.body, 'uniqueId')
    if (uid) known.set(uid, email)
  }
  const keys = new Map<string, Map<string, Part[]>>()
  const asksKeys = single.filter(({ path }) => /-keys(-\w+)?$/.test(path))
  // Listed first, then asked for.
  for (const each of asksKeys.sort(
    (a, b) => Number(!a.path.endsWith('-keys')) - Number(!b.path.endsWith('-keys')),
  )) {
    const [, , named = '', id] = ACCOUNT.exec(each.path) ?? []
    const email = known.get(named) ?? named
    const its = keys.get(email) ?? new Map<string, Part[]>()
    keys.set(email, its)
    for (const key of id === undefined ? list(each.body, 'keys') : [each.body]) {
      const part = { value: key, files: [each.file], status: each.status }
      const name = id ?? text(key, 'name')?.split('/').at(-1) ?? ''
      its.set(name, [...(its.get(name) ?? []), part])
    }
  }
  const policies = of(some, ACCOUNT, 'POST').filter(({ path }) => path.endsWith('-getIamPolicy'))
  return [...states].flatMap(([email, all]) => {
    const self = all[Math.min(moment, all.length - 1)]
    if (!self) return []
    const policy = policies.find(({ path }) => path.includes(`-${email}-`))
    const held = [...(keys.get(email) ?? [])].map(
      ([id, parts]) => [id, parts[Math.min(moment, parts.length - 1)]!] as const,
    )
    return [{ email, self, keys: new Map(held), policy: policy && partOf(policy) }]
  })
}

function apiKeysIn(some: Some, moment: number): Map<string, Part> {
  const listing = at(of(some, /-locations-global-keys$/), moment)
  const found = new Map<string, Part>()
  const id = (key: Members) => text(key, 'name')?.split('/').at(-1) ?? ''
  for (const each of list(listing?.body, 'keys'))
    found.set(id(each), { value: each, files: [listing?.file ?? ''] })
  for (const each of of(some, /-locations-global-keys-.+$/)) {
    if (moment > 0 || !found.has(id(each.body))) found.set(id(each.body), partOf(each))
  }
  return found
}

function policiesIn(some: Some): Map<string, GcpRecording[]> {
  const found = new Map<string, GcpRecording[]>()
  for (const each of of(some, /^v[12]-(projects|folders|organizations)-.+-getIamPolicy$/, 'POST')) {
    if (each.path.includes('-serviceAccounts-')) continue
    const [, collection, id] = /^v\d-([a-z]+)-(.+)-getIamPolicy$/.exec(each.path) ?? []
    const resource = `${collection}/${id}`
    found.set(resource, [...(found.get(resource) ?? []), each])
  }
  return found
}

/** Accounts that a recorded policy names and no listing has: composed, so that what they hold is read. */
function addMembers(estate: Estate): void {
  const known = new Set(estate.accounts.map(({ email }) => email))
  for (const { value } of estate.policies.values()) {
    for (const member of list(value, 'bindings')
      .flatMap(each => list(each, 'members'))
      .map(String)) {
      const email = member.replace('serviceAccount:', '')
      if (email === member || known.has(email)) continue
      known.add(email)
      const self = {
        name: `projects/-/serviceAccounts/${email}`,
        email,
        uniqueId: `1000000000000000000${known.size}`,
      }
      estate.accounts.push({ email, self: { value: self, files: [] }, keys: new Map(), policy: undefined })
    }
  }
}
