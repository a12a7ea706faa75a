import { Fault } from '../../../model/fault.ts'
import { same } from '../../../model/json.ts'
import { Gathering, sharedBy } from '../../gathering.ts'
import type { GcpClient } from '../client.ts'
import { googleStatus } from '../faults.ts'
import { type Attachment, DenyApi } from './api.ts'
import { type DenyPolicy, type Rule, rulesOf, withRules } from './document.ts'

/** One deny policy of a run: everything of it is ours. */
export interface OwnPolicy {
  at: Attachment
  /** 3 to 63 of `[a-z0-9.-]`, beginning with a letter. */
  id: string
  run: string
}

interface Edit extends OwnPolicy {
  principal: string
  from: readonly Rule[]
  to: readonly Rule[]
}

/** An annotation that tells our policies from others. */
const MARK = 'interdict-run'
const TRIES = 6

/**
 * Deny policies of ours in one project: several identities are put into one policy with one write, and a reading serves
 * all that ask for it as long as the quota makes us wait for the next. A write carries the etag of what was read.
 */
export class DenyEditor {
  readonly #api: DenyApi
  readonly #known = new Map<string, { policy: DenyPolicy | undefined; at: number }>()
  readonly #reads: Gathering<OwnPolicy, DenyPolicy | undefined>
  readonly #edits: Gathering<Edit, undefined>
  #written: number | undefined

  constructor(client: GcpClient) {
    this.#api = new DenyApi(client)
    this.#reads = new Gathering(async (_, [own, ...others]) => {
      if (!own) return []
      return sharedBy(others.length + 1, await this.#recent(own))
    })
    this.#edits = new Gathering(async (_, edits) => {
      await this.#write(edits)
      return sharedBy(edits.length, undefined)
    })
  }

  static of(client: GcpClient): DenyEditor {
    const known = client.shared.get('deny-editor')
    if (known instanceof DenyEditor) return known
    const made = new DenyEditor(client)
    client.shared.set('deny-editor', made)
    return made
  }

  /** What our policy denies a principal; empty without a policy. */
  async read(own: OwnPolicy, principal: string): Promise<Rule[]> {
    return rulesOf((await this.#reads.add(nameOf(own), own))?.rules ?? [], principal)
  }

  /** Replaces what our policy denies a principal. Queued before it returns. Fault `drift` when it is neither. */
  edit(own: OwnPolicy, principal: string, from: readonly Rule[], to: readonly Rule[]): Promise<void> {
    return this.#edits.add(nameOf(own), { ...own, principal, from, to })
  }

  /** Resolves when what was written is enforced, as long as Google says that this takes: nothing tells when it is. */
  settled(): Promise<void> {
    return this.#api.settled(this.#written)
  }

  async #recent(own: OwnPolicy): Promise<DenyPolicy | undefined> {
    const known = this.#known.get(nameOf(own))
    const fresh = known !== undefined && performance.now() - known.at < (await this.#api.freshMs())
    return fresh ? known.policy : await this.#look(own)
  }

  async #look(own: OwnPolicy): Promise<DenyPolicy | undefined> {
    const policy = await this.#api.get(own.at, own.id)
    this.#known.set(nameOf(own), { policy, at: performance.now() })
    return policy
  }

  async #write(edits: readonly Edit[]): Promise<void> {
    const [own] = edits
    if (!own) return
    const name = nameOf(own)
    let policy = await this.#recent(own)
    for (let attempt = 1; ; attempt++) {
      if (policy && policy.annotations[MARK] !== own.run) {
        throw new Fault('rejected', `the deny policy ${own.id} at ${own.at} is not ours`, { where: own.at })
      }
      const before = policy?.rules ?? []
      const after = edits.reduce((rules, { principal, to }) => withRules(rules, principal, to), before)
      const changed = edits.some(({ principal, to }) => !same(rulesOf(before, principal), to))
      if (!changed) return
      this.#known.delete(name)
      try {
        if (!policy) await this.#api.create(own.at, own.id, { [MARK]: own.run }, after)
        else if (after.length === 0) await this.#api.delete(own.at, own.id, policy.etag)
        else await this.#api.update(own.at, own.id, policy, after)
        this.#written = performance.now()
        return
      } catch (error) {
        if (!mayHaveChanged(error) || attempt >= TRIES) throw error
        policy = await this.#look(own)
        checkAll(edits, policy)
      }
    }
  }
}

/** Somebody was quicker, or an earlier try of ours went through although its answer said otherwise. */
function mayHaveChanged(error: unknown): boolean {
  if (!(error instanceof Fault)) return false
  return error.code === 'conflict' || error.code === 'gone' || googleStatus(error) === 'ALREADY_EXISTS'
}

function checkAll(edits: readonly Edit[], policy: DenyPolicy | undefined): void {
  for (const { principal, from, to, at } of edits) {
    const live = rulesOf(policy?.rules ?? [], principal)
    if (same(live, from) || same(live, to)) continue
    throw new Fault('drift', `somebody else changed what ${principal} is denied`, { where: at })
  }
}

function nameOf({ at, id }: OwnPolicy): string {
  return `${at}/denypolicies/${id}`
}
