import type { Firing } from '../model/firing.ts'
import type { Cause, CauseSignal, Signal } from '../model/signal.ts'

/** Signals that are remembered, the newest. */
const MOST = 2_000

/** The newest signals, as a journal shows them. */
export class RecentSignals {
  readonly #signals = new Map<string, CauseSignal>()

  add({ id, time, action, outcome, resource, sourceIp, country, identity }: Signal): void {
    this.#signals.set(id, {
      id,
      time,
      action,
      outcome,
      identity: identity.id ?? identity.name,
      ...(resource === undefined ? {} : { resource }),
      ...(sourceIp === undefined ? {} : { sourceIp }),
      ...(country === undefined ? {} : { country }),
    })
    if (this.#signals.size <= MOST) return
    const [oldest] = this.#signals.keys()
    if (oldest !== undefined) this.#signals.delete(oldest)
  }

  /** Why a firing began, with the first few of its signals and the last. */
  causeOf({ id, trigger, events, count, why }: Firing): Cause {
    const known = events.flatMap(event => this.#signals.get(event) ?? [])
    const signals = known.length > 4 ? [...known.slice(0, 3), ...known.slice(-1)] : known
    return { key: id, trigger, events, count, why, signals }
  }
}
