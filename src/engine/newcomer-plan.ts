import { toFault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Maker, Newcomer } from '../model/newcomer.ts'
import type { Playbook, Step } from '../model/playbook/playbook.ts'
import type { Session } from '../model/provider.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { becauseOf } from '../model/spare.ts'
import { planChange } from './expand.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { type Selector, selector, spareFor } from './select.ts'
import type { World } from './world.ts'

/** Of one newcomer: the changes that were added, or why there are none although it was meant to be contained. */
export interface Outcome {
  changes: ChangeState[]
  because?: string
}

/**
 * Adds changes for what a contained identity created, by the verbs that stopped the maker. An identity that somebody else created, or
 * nobody knows who, is never touched: it may be a workload's own deployment.
 */
export class NewcomerPlan {
  readonly #world: World
  readonly #recorder: Recorder
  readonly #holds: Holds
  readonly #playbook: Playbook
  readonly #chosen: Selector

  constructor(world: World, recorder: Recorder, { holds, playbook }: { holds: Holds; playbook: Playbook }) {
    this.#world = world
    this.#recorder = recorder
    this.#holds = holds
    this.#playbook = playbook
    this.#chosen = selector(world, playbook, recorder.state.plan.inputs)
  }

  /** Undefined where it is not meant to be contained. Throws only what must stop the run. */
  async add(session: Session, { identity, maker }: Newcomer): Promise<Outcome | undefined> {
    const made = maker && this.#changesOf(maker, identity)
    if (!made || made.length === 0) return undefined
    try {
      return await this.#planned(session, identity, made)
    } catch (error) {
      const fault = toFault(error)
      if (stopsTheRun(fault)) throw fault
      return { changes: [], because: fault.message }
    }
  }

  /** The changes that stop the maker; an identity that is not contained is nobody's accomplice. */
  #changesOf({ name, uid }: Maker, { cloud, account }: Identity): ChangeState[] {
    return [...this.#recorder.state.changes.values()].filter(
      ({ identity, phase, held }) =>
        identity.cloud === cloud &&
        identity.account === account &&
        (uid === undefined ? identity.name === name : identity.uid === uid) &&
        (phase === 'already' || (phase === 'written' && held.length > 0)),
    )
  }

  #isFull(identity: Identity): boolean {
    const touched = new Set([...this.#recorder.state.changes.values()].map(each => ownerIdOf(each.identity)))
    return touched.add(ownerIdOf(identity)).size > this.#playbook.limit.identities
  }

  /** By each verb that stopped the maker and fits the newcomer. */
  async #planned(session: Session, short: Identity, made: readonly ChangeState[]): Promise<Outcome> {
    // The short listing lacks the facts that spares and protections look at.
    const identity = await inFull(session, short)
    if (!identity) {
      return {
        changes: [],
        because: 'it could not be read in full, so that nobody knows whether it is spared',
      }
    }
    const spared = spareFor(session, this.#chosen, identity)
    if (spared) return { changes: [], because: becauseOf(spared) }
    if (this.#isFull(identity)) {
      return { changes: [], because: `the limit is ${this.#playbook.limit.identities} identities` }
    }
    const { state } = this.#recorder
    const names = new Set(made.map(({ planned }) => planned.step))
    const uses = this.#playbook.steps.filter(({ name }) => names.has(name)).flatMap(each => each.interrupt)
    const changes: ChangeState[] = []
    let because: string | undefined
    for (const { interruption, verb, params } of this.#fitting(identity, uses)) {
      const key = `${identity.id} ${interruption.id}`
      if (state.changes.has(key)) continue
      const planned = await planChange(this.#world, {
        key,
        identity,
        interruption,
        verb,
        params,
        step: 'created',
        run: state.run,
        at: this.#world.clock(),
        holds: this.#holds,
      })
      if ('because' in planned) {
        because = planned.because
        continue
      }
      await this.#recorder.record({ type: 'change.added', change: planned })
      changes.push(this.#recorder.change(key))
    }
    if (changes.length > 0) return { changes }
    return { changes, because: because ?? `nothing that stopped its maker applies to this ${identity.kind}` }
  }

  #fitting(identity: Identity, uses: Step['interrupt']) {
    const all = this.#world.providers.get(identity.cloud)?.interruptions ?? []
    return uses.flatMap(({ use, params }) =>
      all.flatMap(interruption => {
        const { id, verbs, on } = interruption
        const verb = verbs.find(each => each === use) ?? (id === use ? verbs[0] : undefined)
        const checked = interruption.params.safeParse(params)
        return verb && on.includes(identity.kind) && checked.success
          ? [{ interruption, verb, params: checked.data }]
          : []
      }),
    )
  }
}

async function inFull(session: Session, short: Identity): Promise<Identity | undefined> {
  const { id, uid, cloud, account, kind, name } = short
  const only = [{ id, cloud, account, kind, name }]
  for await (const identity of session.inventory({ kinds: [kind], only })) {
    if (identity.id === id && identity.uid === uid) return identity
  }
  return undefined
}

function ownerIdOf({ id, owner }: Identity): string {
  return owner ?? id
}
