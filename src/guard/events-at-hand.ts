import type { Firing } from '../model/firing.ts'
import type { Signal } from '../model/signal.ts'
import type { Cause, CauseSignal } from '../model/watch.ts'

/** Events that are kept. */
const MOST = 2_000

/** The last events, as the journal of a run that they cause shows them. */
export class EventsAtHand {
  readonly #events = new Map<string, CauseSignal>()

  add({ id, time, action, outcome, resource, sourceIp, country, identity }: Signal): void {
    this.#events.set(id, {
      id,
      time,
      action,
      outcome,
      identity: identity.id ?? identity.name,
      ...(resource === undefined ? {} : { resource }),
      ...(sourceIp === undefined ? {} : { sourceIp }),
      ...(country === undefined ? {} : { country }),
    })
    if (this.#events.size <= MOST) return
    const [oldest] = this.#events.keys()
    if (oldest !== undefined) this.#events.delete(oldest)
  }

  /** The events of a run's cause: the first events and the last one of those that are still known. */
  causeOf({ id, trigger, events, count, why }: Firing): Cause {
    const known = events.flatMap(event => this.#events.get(event) ?? [])
    const signals = known.length > 4 ? [...known.slice(0, 3), ...known.slice(-1)] : known
    return { key: id, trigger, events, count, why, signals }
  }
}
