import { Fault } from '../../../model/fault.ts'
import { same } from '../../../model/json.ts'
import type { Timing } from '../../../model/timing.ts'
import { Gathering, sharedBy } from '../../kit/session/gathering.ts'
import { perClient } from '../../kit/session/per-client.ts'
import type { GcpClient } from '../client.ts'
import { googleStatus } from '../http/faults.ts'
import { DenyApi } from './api.ts'
import { type DenyPolicy, type Rule, rulesOf, withRules } from './document.ts'
import { refusedIn } from './permissions.ts'
import type { Attachment } from './wire.ts'

/** One deny policy of a run: everything of it is ours. */
export interface OwnPolicy {
  at: Attachment
  /** 3 to 63 of `[a-z0-9.-]`, beginning with a letter. */
  id: string
  run: string
}

interface Pace {
  /** Whether a call waits for its turn in the quota, as it does when nothing is said; see `DenyApi`. */
  patient?: boolean
}

interface Edit extends OwnPolicy, Pace {
  principal: string
  from: readonly Rule[]
  to: readonly Rule[]
}

/** An annotation that tells our policies from others. */
const MARK = 'interdict-run'
const TRIES = 6
const MINUTE_MS = 60_000

/**
 * Deny policies of ours in one project: several identities are put into one policy with one write, and a reading serves
 * all that ask for it as long as the quota makes us wait for the next. A write carries the etag of what was read.
 */
export class DenyEditor {
  readonly #api: DenyApi
  readonly #timing: Timing
  readonly #known = new Map<string, { policy: DenyPolicy | undefined; at: number }>()
  readonly #reads: Gathering<OwnPolicy & Pace, DenyPolicy | undefined>
  readonly #edits: Gathering<Edit, undefined>
  /** Policies that this process has written. */
  readonly #made = new Set<string>()
  #written: number | undefined

  constructor(client: GcpClient) {
    this.#timing = client.timing
    this.#api = new DenyApi(client)
    this.#reads = new Gathering(async (_, [own, ...others]) => {
      if (!own) return []
      const patient = [own, ...others].some(isPatient)
      return sharedBy(others.length + 1, await this.#recent({ ...own, patient }))
    })
    this.#edits = new Gathering(async (_, edits) => {
      await this.#write(edits)
      return sharedBy(edits.length, undefined)
    })
  }

  /** Returns the one of this client. */
  static readonly of = perClient((client: GcpClient) => new DenyEditor(client))

  /** Returns the permissions that our policy denies a principal; empty without a policy. */
  async read(own: OwnPolicy & Pace, principal: string): Promise<Rule[]> {
    return rulesOf((await this.#reads.add(nameOf(own), own))?.rules ?? [], principal)
  }

  /** Returns the denied permissions as far as this process knows, without a call. */
  known(own: OwnPolicy, principal: string): Rule[] {
    return rulesOf(this.#known.get(nameOf(own))?.policy?.rules ?? [], principal)
  }

  /**
   * Replaces what our policy denies a principal. Queued before it returns. Faults: `drift` when it is neither; `rejected` with
   * `without` for permissions that Google does not deny; `throttled` with `retryAfter` where it is not patient.
   */
  edit(
    own: OwnPolicy & Pace,
    principal: string,
    from: readonly Rule[],
    to: readonly Rule[],
  ): Promise<undefined> {
    return this.#edits.add(nameOf(own), { ...own, principal, from, to })
  }

  /** Resolves when what was written is enforced, as long as Google says that this takes: nothing tells when it is. */
  settled(): Promise<void> {
    return this.#api.settled(this.#written)
  }

  /** Where the quota allows no new reading, one of the last minute does: it is newer than our last write. */
  async #recent(own: OwnPolicy & Pace): Promise<DenyPolicy | undefined> {
    const known = this.#known.get(nameOf(own))
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.#timing.now() - known.at
    if (known && age < (await this.#api.freshMs())) return known.policy
    if (!known || age >= MINUTE_MS) return await this.#look(own)
    try {
      return await this.#look({ ...own, patient: false })
    } catch (error) {
      if (isUsedUp(error)) return known.policy
      throw error
    }
  }

  async #look(own: OwnPolicy & Pace): Promise<DenyPolicy | undefined> {
    const policy = await this.#api.get(own.at, own.id, isPatient(own))
    this.#known.set(nameOf(own), { policy, at: this.#timing.now() })
    return policy
  }

  /**
   * Reads the policy before a write. Where we have not made it, nothing of it is to go and nothing waits, or without a place in
   * the quota for a reading, it counts as missing: if it is there, making it is refused, and it is read then.
   */
  async #before(own: OwnPolicy & Pace, edits: readonly Edit[]): Promise<DenyPolicy | undefined> {
    const name = nameOf(own)
    const known = this.#known.get(name)
    // Its etag tells whether it is still so.
    if (known) return known.policy
    if (!isPatient(own) && !this.#made.has(name) && edits.every(({ from }) => from.length === 0)) {
      return undefined
    }
    try {
      return await this.#look(own)
    } catch (error) {
      if (isUsedUp(error)) return undefined
      throw error
    }
  }

  async #write(edits: readonly Edit[]): Promise<void> {
    const [first] = edits
    if (!first) return
    const own = { ...first, patient: edits.some(isPatient) }
    const name = nameOf(own)
    const read = this.#known.has(name)
    let policy = await this.#before(own, edits)
    for (let attempt = 1; ; attempt++) {
      if (policy && policy.annotations[MARK] !== own.run) {
        throw new Fault('rejected', `the deny policy ${own.id} at ${own.at} is not ours`, { where: own.at })
      }
      const before = policy?.rules ?? []
      const after = edits.reduce((rules, { principal, to }) => withRules(rules, principal, to), before)
      const changed = edits.some(({ principal, to }) => !same(rulesOf(before, principal), to))
      if (!changed && read && attempt === 1) {
        // Nothing would tell that it is no longer so.
        policy = await this.#look(own)
        continue
      }
      if (!changed) return
      this.#known.delete(name)
      try {
        if (!policy) await this.#api.create(own, { [MARK]: own.run }, after)
        else if (after.length === 0) await this.#api.delete(own, policy)
        else await this.#api.update(own, policy, after)
        this.#made.add(name)
        this.#written = this.#timing.now()
        return
      } catch (error) {
        if (!mayHaveChanged(error) || attempt >= TRIES) throw without(error, after)
        policy = await this.#look(own)
        checkAll(edits, policy)
      }
    }
  }
}

/** A refusal for what cannot be denied, with what that is; any other error as it is. */
function without(error: unknown, rules: readonly Rule[]): unknown {
  if (!(error instanceof Fault) || googleStatus(error) !== 'INVALID_ARGUMENT') return error
  const permissions = [...new Set(rules.flatMap(each => each.permissions))]
  const refused = refusedIn(error.message, permissions)
  if (refused.length === 0 || refused.length === permissions.length) return error
  return new Fault('rejected', error.message, {
    ...(error.where === undefined ? {} : { where: error.where }),
    next: 'leave them out of the permissions of the playbook',
    cause: error.cause,
    without: refused,
  })
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

function isUsedUp(error: unknown): boolean {
  return error instanceof Fault && error.retryAfter !== undefined
}

function isPatient({ patient = true }: Pace): boolean {
  return patient
}

function nameOf({ at, id }: OwnPolicy): string {
  return `${at}/denypolicies/${id}`
}
