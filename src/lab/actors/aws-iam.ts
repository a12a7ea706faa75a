import type { IAMClient } from '@aws-sdk/client-iam'
import { REGION } from '../aws/seed/documents.ts'
import type { Keys } from './aws-credentials.ts'
import { type Calls, roleCalls, userCalls } from './aws-iam-calls.ts'
import type { Round } from './fight.ts'
import { Hand } from './hand.ts'

/** The user or role that somebody fights for. */
export interface Target {
  kind: 'user' | 'role'
  name: string
}

/** A photograph of a thief's user or role before the containment, which the thief wants back. */
export interface Photograph {
  target: Target
  /** Policy name → document. */
  inline: ReadonlyMap<string, string>
  /** ARNs. */
  attached: ReadonlySet<string>
  /** ARN. */
  boundary: string | undefined
  /** Of a role: its trust policy. */
  trust: string | undefined
  /** Ids of access keys that were active. */
  keys: ReadonlySet<string>
}

type Library = typeof import('@aws-sdk/client-iam')

/** Most access keys that a user may have (IAM and AWS STS quotas). */
const MOST_KEYS = 2

/** IAM, as a thief uses it on the user or role that it has taken over. */
export class Iam {
  readonly #library: Library
  readonly #endpoint: string
  readonly #pool: IAMClient
  readonly #clients = new WeakMap<Keys, IAMClient>()

  static async open(endpoint: string): Promise<Iam> {
    return new Iam(endpoint, await import('@aws-sdk/client-iam'))
  }

  constructor(endpoint: string, library: Library) {
    this.#endpoint = endpoint
    this.#library = library
    this.#pool = new library.IAMClient({
      region: REGION,
      endpoint,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
      maxAttempts: 1,
    })
  }

  close(): void {
    this.#pool.destroy()
  }

  /** How the target is now. @throws errors of the SDK */
  async photograph(keys: Keys, target: Target): Promise<Photograph> {
    const { inline, attached, record } = this.#calls(keys, target)
    const names = await inline.list()
    const documents = await Promise.all(names.map(async name => [name, await inline.get(name)] as const))
    const { boundary, trust } = await record()
    return {
      target,
      inline: new Map(documents),
      attached: new Set(await attached.list()),
      boundary,
      trust,
      keys: new Set(
        target.kind === 'user'
          ? (await this.#accessKeys(keys, target)).filter(({ active }) => active).map(({ id }) => id)
          : [],
      ),
    }
  }

  /**
   * Undoes in one round every difference from the photograph, by the first of the credentials that each read is
   * accepted with. A kind of setting whose read is refused is left alone. Resolves with access keys that were made.
   */
  async undo(round: Round, credentials: readonly Keys[], start: Photograph): Promise<Keys[]> {
    const made: Keys[] = []
    const by = new Hand(round, credentials)
    const { kind } = start.target
    const ours = new Set([...start.keys, ...credentials.map(({ accessKeyId }) => accessKeyId)])
    await round.each(
      [
        () => this.#undoInline(by, start),
        () => this.#undoAttached(by, start),
        () => this.#undoRecord(by, start),
        ...(kind === 'user' ? [async () => made.push(...(await this.#undoKeys(by, start, ours)))] : []),
      ],
      work => work(),
    )
    return made
  }

  async #undoInline(by: Hand<Keys>, start: Photograph): Promise<void> {
    const type = typeOf(start.target)
    const found = await by.first(`iam:List${type}Policies`, keys =>
      this.#calls(keys, start.target).inline.list(),
    )
    if (!found) return
    const { inline } = this.#calls(found.with, start.target)
    const foreign = found.answer.filter(name => !start.inline.has(name))
    const missing = [...start.inline].filter(([name]) => !found.answer.includes(name))
    await by.round.each(foreign, name =>
      by.undo(`iam:Delete${type}Policy`, `inline/${name}`, () => inline.delete(name)),
    )
    await by.round.each(missing, ([name, document]) =>
      by.undo(`iam:Put${type}Policy`, `inline/${name}`, () => inline.put(name, document)),
    )
  }

  async #undoAttached(by: Hand<Keys>, start: Photograph): Promise<void> {
    const type = typeOf(start.target)
    const found = await by.first(`iam:ListAttached${type}Policies`, keys =>
      this.#calls(keys, start.target).attached.list(),
    )
    if (!found) return
    const { attached } = this.#calls(found.with, start.target)
    const foreign = found.answer.filter(arn => !start.attached.has(arn))
    const missing = [...start.attached].filter(arn => !found.answer.includes(arn))
    await by.round.each(foreign, arn =>
      by.undo(`iam:Detach${type}Policy`, `attached/${arn}`, () => attached.delete(arn)),
    )
    await by.round.each(missing, arn =>
      by.undo(`iam:Attach${type}Policy`, `attached/${arn}`, () => attached.put(arn)),
    )
  }

  /** The boundary, and the trust policy of a role. */
  async #undoRecord(by: Hand<Keys>, start: Photograph): Promise<void> {
    const type = typeOf(start.target)
    const found = await by.first(`iam:Get${type}`, keys => this.#calls(keys, start.target).record())
    if (!found) return
    const calls = this.#calls(found.with, start.target)
    const { boundary, trust } = start
    if (found.answer.boundary !== boundary) {
      const verb = boundary === undefined ? 'Delete' : 'Put'
      await by.undo(`iam:${verb}${type}PermissionsBoundary`, 'boundary', () => calls.boundary(boundary))
    }
    if (trust !== undefined && found.answer.trust !== trust) {
      await by.undo('iam:UpdateAssumeRolePolicy', 'trust', () => calls.trust(trust))
    }
  }

  /** Sets keys active again, and makes one where there is room. @param ours ids of keys that the thief has */
  async #undoKeys(by: Hand<Keys>, start: Photograph, ours: ReadonlySet<string>): Promise<Keys[]> {
    const api = this.#library
    const UserName = start.target.name
    const found = await by.first('iam:ListAccessKeys', keys => this.#accessKeys(keys, start.target))
    if (!found) return []
    const client = this.#as(found.with)
    const inactive = found.answer.filter(({ id, active }) => !active && ours.has(id))
    await by.round.each(inactive, ({ id: AccessKeyId }) =>
      by.undo('iam:UpdateAccessKey', `access key ${AccessKeyId}`, () =>
        client.send(new api.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' })),
      ),
    )
    if (found.answer.length >= MOST_KEYS) return []
    const created = await by.round.attempt('iam:CreateAccessKey', by.helper, () =>
      client.send(new api.CreateAccessKeyCommand({ UserName })),
    )
    const { AccessKeyId, SecretAccessKey } = created?.answer.AccessKey ?? {}
    if (AccessKeyId === undefined || SecretAccessKey === undefined) return []
    by.round.note({
      kind: 'made',
      by: 'iam:CreateAccessKey',
      what: `access key ${AccessKeyId} of ${UserName}`,
      place: { below: UserName, name: AccessKeyId },
    })
    return [{ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }]
  }

  async #accessKeys(keys: Keys, { name }: Target): Promise<{ id: string; active: boolean }[]> {
    const api = this.#library
    const answer = await this.#as(keys).send(new api.ListAccessKeysCommand({ UserName: name }))
    return (answer.AccessKeyMetadata ?? []).map(({ AccessKeyId = '', Status }) => ({
      id: AccessKeyId,
      active: Status === 'Active',
    }))
  }

  #as(keys: Keys): IAMClient {
    const known = this.#clients.get(keys)
    if (known) return known
    const client = new this.#library.IAMClient({
      region: REGION,
      endpoint: this.#endpoint,
      credentials: keys,
      maxAttempts: 1,
      // One pool of connections for all credentials.
      requestHandler: this.#pool.config.requestHandler,
    })
    this.#clients.set(keys, client)
    return client
  }

  #calls(keys: Keys, target: Target): Calls {
    const client = this.#as(keys)
    return target.kind === 'user'
      ? userCalls(this.#library, client, target.name)
      : roleCalls(this.#library, client, target.name)
  }
}

function typeOf({ kind }: Target): 'User' | 'Role' {
  return kind === 'user' ? 'User' : 'Role'
}
