import { Fault } from '../model/fault.ts'
import type { RunState } from '../model/run/state.ts'
import type { Host } from './host.ts'
import { touchedBy } from './target.ts'

/** A run that cannot be believed, and whom it may hold; `held` undefined: nobody knows. */
interface Doubted {
  run: string
  fault: Fault
  held: readonly string[] | undefined
}

/**
 * Runs that cannot be believed, beside one that is worked on. They are in the way only of identities that they may hold.
 */
export class Doubts {
  readonly #doubted: Doubted[] = []

  /** Notes a run, why it cannot be believed, and the ids of identities that it may hold (`undefined`: not known). */
  readonly add = (run: string, fault: Fault, held: readonly string[] | undefined): void => {
    this.#doubted.push({ run, fault, held })
  }

  /** Warns of each, and of what it may hold. */
  warn({ warn }: Pick<Host, 'warn'>): void {
    for (const { run, fault, held } of this.#doubted) {
      const so =
        held === undefined
          ? 'so what it holds is not known'
          : held.length === 0
            ? 'and it holds nothing any more'
            : `and it may hold ${listed(held)}`
      warn(unbelievedText(run, fault, so))
    }
  }

  /** Those that may hold what this run touches, by id. */
  against(state: RunState): string[] {
    const touched = new Set(touchedBy(state))
    return this.#doubted
      .filter(({ held }) => held === undefined || held.some(id => touched.has(id)))
      .map(({ run }) => run)
  }

  /** @throws the fault of the first of these runs, with the ways out */
  refuse(runs: readonly string[]): void {
    const first = this.#doubted.find(({ run }) => runs.includes(run))
    if (!first) return
    const { code, message, where, next } = first.fault
    const which =
      first.held === undefined ? 'what it holds is not known' : `it may hold ${listed(first.held)}`
    throw new Fault(code, `${message}; ${which}`, {
      ...(where === undefined ? {} : { where }),
      next: `${next === undefined ? '' : `${next}; or `}look at these identities yourself, and add to the command: --accept-unknown-holds --reason TEXT`,
    })
  }
}

/** Says that a run cannot be believed. @param so the consequence, e.g. `so what it holds is not known` */
export function unbelievedText(run: string, { message }: Fault, so?: string): string {
  return `run ${run} cannot be believed${so === undefined ? '' : `, ${so}`}: ${message}`
}

function listed(ids: readonly string[]): string {
  const shown = ids.slice(0, 3).join(', ')
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown
}
