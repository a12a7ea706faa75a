import { entryOf } from '../../../model/facet.ts'
import { Fault, toFault } from '../../../model/fault.ts'
import { same } from '../../../model/json.ts'
import { Gathering } from '../../kit/session/gathering.ts'
import type { AwsClient, GuardWriter } from '../client.ts'
import { tokenPages } from '../http/pages.ts'
import type { AccountGuard, Wanted } from './account-guard.ts'
import {
  CHARACTERS,
  type GuardDocument,
  guardPolicyName,
  guardText,
  isEmpty,
  NO_GUARD,
  PLACES,
  PREPARED_GUARD,
  readGuard,
  withGuards,
} from './document.ts'

const Filter = 'SERVICE_CONTROL_POLICY'
const DESCRIPTION = 'Denies what interdict has contained; interdict restore takes it away again'
const TRIES = 6
const PAUSE_MS = 150

/** Whose guard it is, and in which organization. */
interface Standing {
  organization: string
  management: string
  because?: string
}

/**
 * Guard policies, one an account, written with the credentials of the management account or of a delegated administrator.
 * Identities that are cut in the same turn of the event loop share one call, and one reading serves all who ask for it
 * before it is begun. Organizations has no etags: a write begins with a fresh reading, is looked at afterwards, and is made
 * again where another responder's took its place.
 */
export class GuardPolicies implements GuardWriter {
  readonly client: AwsClient
  /** As whom they are written: an STS ARN. */
  readonly as: string
  readonly #own: ReadonlySet<string>
  readonly #reads: Gathering<undefined, AccountGuard>
  readonly #writes: Gathering<Wanted, undefined>
  #standing: Promise<Standing> | undefined

  /** @param own unique ids of everything that we are or came through */
  constructor(client: AwsClient, as: string, own: readonly string[]) {
    this.client = client
    this.as = as
    this.#own = new Set(own)
    this.#reads = new Gathering(async (account, asked) => {
      const value = await this.#look(account)
      return asked.map(() => ({ status: 'fulfilled', value }))
    })
    this.#writes = new Gathering((account, edits) => this.#write(account, edits))
  }

  isOurs(uid: string): boolean {
    return this.#own.has(uid)
  }

  /** Faults: those of the calls. */
  async read(account: string): Promise<AccountGuard> {
    return await this.#reads.add(account, undefined)
  }

  /** Faults: `quota` without a place or room for the characters, `refused` where no guard can be written; those of the calls. */
  async write(account: string, wanted: Wanted): Promise<void> {
    await this.#writes.add(account, wanted)
  }

  /** Attaches an empty guard policy beforehand. Changes nothing where one is attached. */
  async prepare(account: string): Promise<void> {
    const found = await this.#look(account)
    if (found.because !== undefined) throw refused(account, found.because)
    if (found.id === undefined) await this.#attach(account, PREPARED_GUARD)
    else if (!found.document.prepared) await this.#update(found.id, { ...found.document, prepared: true })
  }

  async #look(account: string): Promise<AccountGuard> {
    const standing = await this.#stands()
    const nothing = { document: NO_GUARD, attached: 0, size: 0 }
    const because =
      standing.because ??
      (account === standing.management
        ? 'it is the management account of its organization, to which service control policies do not apply; move what runs there to a member account'
        : undefined)
    if (because !== undefined) return { ...nothing, because }
    try {
      const attached = await this.#policies('ListPoliciesForTarget', account)
      const id = attached.find(({ Name }) => Name === guardPolicyName(account))?.Id
      if (id === undefined) return { ...nothing, attached: attached.length }
      const content = await this.#content(id)
      return { document: readGuard(content), id, attached: attached.length, size: content.length }
    } catch (error) {
      if (nameOf(error) !== 'TargetNotFoundException') throw error
      return { ...nothing, because: `the account is not in the organization ${standing.organization}` }
    }
  }

  async #write(account: string, edits: readonly Wanted[]): Promise<PromiseSettledResult<undefined>[]> {
    let looked = 0
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.#look(account)
      if (found.because !== undefined) throw refused(account, found.because)
      const { document, results } = fitting(account, found.document, edits)
      const isDone = same(document, found.document)
      // A reading may be from before our write, so that we cannot look for ever.
      if (isDone || looked === 2) return results
      try {
        await this.#store(account, found, document)
        looked += 1
      } catch (error) {
        const { code } = toFault(error)
        if ((code !== 'conflict' && code !== 'gone') || attempt >= TRIES) throw error
        await this.client.timing.sleep(PAUSE_MS * attempt)
      }
    }
  }

  async #store(account: string, { id, attached }: AccountGuard, document: GuardDocument): Promise<void> {
    if (id === undefined) {
      if (attached >= PLACES) {
        throw new Fault(
          'quota',
          `${account} has ${attached} service control policies, and no place for another`,
          {
            where: account,
            next: 'detach one from the account, or attach a guard policy beforehand: interdict doctor --prepare-guard',
          },
        )
      }
      await this.#attach(account, document)
    } else if (!isEmpty(document)) await this.#update(id, document)
    else await this.#remove(account, id)
  }

  async #update(PolicyId: string, document: GuardDocument): Promise<void> {
    await this.client.organizations('UpdatePolicy', { PolicyId, Content: guardText(document) })
  }

  async #attach(account: string, document: GuardDocument): Promise<void> {
    const PolicyId = await this.#create(account, document)
    try {
      await this.client.organizations('AttachPolicy', { PolicyId, TargetId: account })
    } catch (error) {
      if (nameOf(error) === 'DuplicatePolicyAttachmentException') return
      // A policy that is attached to nothing denies nothing; it would only block the next one.
      await this.client.organizations('DeletePolicy', { PolicyId }).catch(() => undefined)
      throw error
    }
  }

  /** One that is there under the name, attached to nothing, is what a crash has left: it is used again. */
  async #create(account: string, document: GuardDocument): Promise<string> {
    const Name = guardPolicyName(account)
    try {
      const { Policy } = await this.client.organizations('CreatePolicy', {
        Type: Filter,
        Name,
        Description: DESCRIPTION,
        Content: guardText(document),
      })
      return Policy?.PolicySummary?.Id ?? ''
    } catch (error) {
      if (nameOf(error) !== 'DuplicatePolicyException') throw error
      const left = (await this.#policies('ListPolicies')).find(each => each.Name === Name)?.Id
      if (left === undefined) throw error
      const targets = await tokenPages(async next => {
        const page = await this.client.organizations('ListTargetsForPolicy', { PolicyId: left, ...next })
        return { items: page.Targets ?? [], marker: page.NextToken }
      })
      // The reading was from before another responder attached it.
      if (targets.length > 0)
        throw new Fault('conflict', `${Name} has just been attached`, { where: account })
      const { foreign, prepared } = readGuard(await this.#content(left))
      await this.#update(left, { ...document, foreign, prepared: prepared || document.prepared })
      return left
    }
  }

  async #remove(account: string, PolicyId: string): Promise<void> {
    try {
      await this.client.organizations('DetachPolicy', { PolicyId, TargetId: account })
    } catch (error) {
      // The last policy of a target cannot be detached: somebody took FullAWSAccess away meanwhile.
      if (toFault(error).code !== 'quota') throw error
      return await this.#update(PolicyId, PREPARED_GUARD)
    }
    await this.client.organizations('DeletePolicy', { PolicyId })
  }

  async #content(PolicyId: string): Promise<string> {
    const { Policy } = await this.client.organizations('DescribePolicy', { PolicyId })
    return Policy?.Content ?? ''
  }

  async #policies(operation: 'ListPoliciesForTarget' | 'ListPolicies', target = '') {
    return await tokenPages(async NextToken => {
      const page =
        operation === 'ListPolicies'
          ? await this.client.organizations(operation, { Filter, ...NextToken })
          : await this.client.organizations(operation, { Filter, TargetId: target, ...NextToken })
      return { items: page.Policies ?? [], marker: page.NextToken }
    })
  }

  /** Asked once, unless it fails. */
  async #stands(): Promise<Standing> {
    this.#standing ??= this.#ask().catch((error: unknown) => {
      this.#standing = undefined
      throw error
    })
    return await this.#standing
  }

  async #ask(): Promise<Standing> {
    try {
      const [{ Organization }, roots] = await Promise.all([
        this.client.organizations('DescribeOrganization', {}),
        tokenPages(async next => {
          const page = await this.client.organizations('ListRoots', next)
          return { items: page.Roots ?? [], marker: page.NextToken }
        }),
      ])
      const isEnabled = roots.some(({ PolicyTypes = [] }) =>
        PolicyTypes.some(({ Type, Status }) => Type === Filter && Status === 'ENABLED'),
      )
      return {
        organization: Organization?.Id ?? '',
        management: Organization?.MasterAccountId ?? '',
        ...(isEnabled
          ? {}
          : {
              because:
                'service control policies are not enabled in the organization; enable the policy type (organizations:EnablePolicyType)',
            }),
      }
    } catch (error) {
      if (nameOf(error) !== 'AWSOrganizationsNotInUseException') throw error
      const because = `the account of ${this.as} is in no organization, so there are no service control policies`
      return { organization: '', management: '', because }
    }
  }
}

/** The edits one after the other, as far as there is room; what does not fit fails by itself. */
function fitting(account: string, from: GuardDocument, edits: readonly Wanted[]) {
  let document = from
  const results = edits.map((wanted): PromiseSettledResult<undefined> => {
    const next = withGuards(document, wanted)
    const adds = Object.keys(wanted).some(
      entry => wanted[entry] !== undefined && !same(entryOf(document.entries, entry), wanted[entry]),
    )
    const size = guardText(next).length
    if (adds && size > CHARACTERS) {
      const reason = new Fault('quota', noRoom(account, size), { where: account, next: ROOM })
      return { status: 'rejected', reason }
    }
    document = next
    return { status: 'fulfilled', value: undefined }
  })
  return { document, results }
}

export function noRoom(account: string, size: number): string {
  return `no room in ${guardPolicyName(account)}: ${size} characters, of ${CHARACTERS} that a service control policy may have`
}

const ROOM = 'restore runs that are over, so that their principals leave the guard policy'

function refused(account: string, because: string): Fault {
  return new Fault('refused', `no guard for ${account}: ${because}`, { where: account })
}

/** The name of the SDK's error behind a fault. */
function nameOf(error: unknown): string {
  const cause = error instanceof Fault ? error.cause : error
  return cause instanceof Error ? cause.name : ''
}
