import type { AuthClient } from 'google-auth-library'
import type { Round } from './fight.ts'
import type { Answered, GoogleCloud } from './gcp-credentials.ts'
import { Hand } from './hand.ts'

export interface Account {
  email: string
  /** Id of its project. */
  project: string
}

interface Binding {
  role: string
  members: string[]
  condition?: object
}

/** A photograph of a thief's account before the containment, which the thief wants back. */
export interface Photograph {
  account: Account
  /** Names of keys that were not disabled. */
  keys: ReadonlySet<string>
  /** Bindings of the project that name the account, with no other member. */
  project: readonly Binding[]
  /** All bindings of the account itself. */
  own: readonly Binding[]
  /** Other grants on the account: a second identity's way in. */
  granted?: { role: string; member: string }
}

interface Policy {
  bindings: Binding[]
  etag: string
}

/** IAM of Google Cloud, as a thief uses it on the account that it has taken over. */
export class GoogleIam {
  readonly #cloud: GoogleCloud

  constructor(cloud: GoogleCloud) {
    this.#cloud = cloud
  }

  /** How the account is now. @throws Refused */
  async photograph(client: AuthClient, account: Account): Promise<Photograph> {
    const keys = await this.#keys(client, account)
    const project = await this.#policy(client, projectPath(account))
    return {
      account,
      keys: new Set(keys.filter(({ disabled }) => !disabled).map(({ name }) => name)),
      project: namedIn(project, memberOf(account)),
      own: (await this.#policy(client, accountPath(account))).bindings,
    }
  }

  /**
   * Undoes in one round every difference from the photograph, by the first of the clients that each read is accepted
   * with. Resolves with clients of keys that were made.
   */
  async undo(
    round: Round,
    clients: readonly AuthClient[],
    start: Photograph,
    { helper }: { helper: boolean },
  ): Promise<AuthClient[]> {
    const made: AuthClient[] = []
    const by = new Hand(round, clients, helper)
    await round.each(
      [
        () => this.#enable(by, start),
        async () => made.push(...(await this.#undoKeys(by, start))),
        () => this.#undoProject(by, start),
        () => this.#undoOwn(by, start),
        () => this.#undoDenials(by, start),
      ],
      work => work(),
    )
    return made
  }

  async #enable(by: Hand<AuthClient>, { account }: Photograph): Promise<void> {
    const found = await by.first('iam.serviceAccounts.get', client =>
      this.#cloud.call(client, 'GET', accountPath(account)),
    )
    if (found?.answer['disabled'] !== true) return
    await by.undo('iam.serviceAccounts.enable', 'account', () =>
      this.#cloud.call(found.with, 'POST', `${accountPath(account)}:enable`, {}),
    )
  }

  async #undoKeys(by: Hand<AuthClient>, { account, keys }: Photograph): Promise<AuthClient[]> {
    const found = await by.first('iam.serviceAccountKeys.list', client => this.#keys(client, account))
    if (!found) return []
    let usable = 0
    await by.round.each(found.answer, async ({ name, disabled }) => {
      if (!disabled) usable += 1
      if (!disabled || !keys.has(name)) return
      const enabled = await by.undo('iam.serviceAccountKeys.enable', `key ${idIn(name)}`, () =>
        this.#cloud.call(found.with, 'POST', `/v1/${name}:enable`, {}),
      )
      if (enabled) usable += 1
    })
    if (usable > 0 || keys.size === 0) return []
    const created = await by.round.attempt('iam.serviceAccountKeys.create', by.helper, () =>
      this.#cloud.call(found.with, 'POST', `${accountPath(account)}/keys`, {}),
    )
    const { name, privateKeyData } = created?.answer ?? {}
    if (typeof name !== 'string' || typeof privateKeyData !== 'string') return []
    by.round.note({
      kind: 'made',
      by: 'iam.serviceAccountKeys.create',
      what: `key ${idIn(name)} of ${account.email}`,
      place: { below: 'keys', name: `${account.email}/${idIn(name)}` },
    })
    return [this.#cloud.withKeyFile(JSON.parse(Buffer.from(privateKeyData, 'base64').toString('utf8')))]
  }

  /** Bindings of the project that are missing are written again; what else changed there is left alone. */
  async #undoProject(by: Hand<AuthClient>, { account, project }: Photograph): Promise<void> {
    const path = projectPath(account)
    const found = await by.first('resourcemanager.projects.getIamPolicy', client =>
      this.#policy(client, path),
    )
    if (!found) return
    const member = memberOf(account)
    const now = namedIn(found.answer, member)
    const missing = project.filter(binding => !now.some(each => isSame(each, binding)))
    const foreign = now.filter(binding => !project.some(each => isSame(each, binding)))
    if (missing.length === 0 && foreign.length === 0) return
    const bindings = [...without(found.answer.bindings, member, foreign), ...missing]
    await by.undo('resourcemanager.projects.setIamPolicy', 'bindings of the project', () =>
      this.#set(found.with, path, { bindings, etag: found.answer.etag }),
    )
  }

  async #undoOwn(by: Hand<AuthClient>, { account, own, granted }: Photograph): Promise<void> {
    const path = accountPath(account)
    const found = await by.first('iam.serviceAccounts.getIamPolicy', client => this.#policy(client, path))
    if (!found) return
    const { bindings, etag } = found.answer
    const lost = own.some(binding => !bindings.some(each => isSame(each, binding, true)))
    const wanted =
      granted === undefined ||
      bindings.some(
        ({ role, members, condition }) =>
          role === granted.role && condition === undefined && members.includes(granted.member),
      )
    if (!lost && wanted) return
    const next = [
      ...own,
      ...(granted === undefined ? [] : [{ role: granted.role, members: [granted.member] }]),
    ]
    const set = () => this.#set(found.with, path, { bindings: next, etag })
    if (lost) await by.undo('iam.serviceAccounts.setIamPolicy', 'bindings of the account', set)
    else if (await by.round.attempt('iam.serviceAccounts.setIamPolicy', by.helper, set)) {
      by.round.note({
        kind: 'made',
        by: 'iam.serviceAccounts.setIamPolicy',
        what: `${granted?.role} on ${account.email} for ${granted?.member}`,
        place: { below: `serviceAccounts/${account.email}`, name: granted?.member ?? '' },
      })
    }
  }

  /** Project owners may not: it is tried all the same. */
  async #undoDenials(by: Hand<AuthClient>, { account }: Photograph): Promise<void> {
    const point = encodeURIComponent(`cloudresourcemanager.googleapis.com/projects/${account.project}`)
    const found = await by.first('iam.denypolicies.list', client =>
      this.#cloud.call(client, 'GET', `/v2/policies/${point}/denypolicies`),
    )
    const policies = found?.answer['policies']
    if (!found || !Array.isArray(policies)) return
    await by.round.each(policies, ({ name }: { name: string }) =>
      by.undo('iam.denypolicies.delete', `deny policy ${idIn(name)}`, () =>
        this.#cloud.call(found.with, 'DELETE', `/v2/${name}`),
      ),
    )
  }

  async #keys(client: AuthClient, account: Account): Promise<{ name: string; disabled: boolean }[]> {
    const { keys } = await this.#cloud.call(
      client,
      'GET',
      `${accountPath(account)}/keys?keyTypes=USER_MANAGED`,
    )
    return (Array.isArray(keys) ? keys : []).map((key: Answered) => ({
      name: String(key['name']),
      disabled: key['disabled'] === true,
    }))
  }

  async #policy(client: AuthClient, path: string): Promise<Policy> {
    const answer = path.startsWith('/v3/')
      ? await this.#cloud.call(client, 'POST', `${path}:getIamPolicy`, {
          options: { requestedPolicyVersion: 3 },
        })
      : await this.#cloud.call(client, 'POST', `${path}:getIamPolicy?options.requestedPolicyVersion=3`)
    const { bindings, etag } = answer
    return { bindings: Array.isArray(bindings) ? bindings : [], etag: String(etag) }
  }

  #set(client: AuthClient, path: string, { bindings, etag }: Policy): Promise<Answered> {
    const policy = { version: 3, bindings, etag }
    return this.#cloud.call(client, 'POST', `${path}:setIamPolicy`, { policy, updateMask: 'bindings,etag' })
  }
}

function accountPath({ email, project }: Account): string {
  return `/v1/projects/${project}/serviceAccounts/${email}`
}

function projectPath({ project }: Account): string {
  return `/v3/projects/${project}`
}

function memberOf({ email }: Account): string {
  return `serviceAccount:${email}`
}

function idIn(name: string): string {
  return name.split('/').at(-1) ?? ''
}

/** The bindings of one member, each with that member alone. */
function namedIn({ bindings }: Policy, member: string): Binding[] {
  return bindings
    .filter(({ members }) => members.includes(member))
    .map(each => ({ ...each, members: [member] }))
}

function without(bindings: readonly Binding[], member: string, foreign: readonly Binding[]): Binding[] {
  return bindings.flatMap(binding => {
    if (!foreign.some(each => isSame(each, { ...binding, members: [member] }))) return [binding]
    const members = binding.members.filter(each => each !== member)
    return members.length === 0 ? [] : [{ ...binding, members }]
  })
}

/** @param within whether the first may have more members */
function isSame(a: Binding, b: Binding, within = false): boolean {
  const text = ({ condition }: Binding) => JSON.stringify(condition ?? null)
  return (
    a.role === b.role &&
    text(a) === text(b) &&
    b.members.every(member => a.members.includes(member)) &&
    (within || a.members.length === b.members.length)
  )
}
