import type { Event } from '../model/event.ts'
import type { Timing } from '../model/timing.ts'
import type { DrillResult } from '../toolkit/results/drill.ts'

/** How long the stages took, from the engine's own events. */
export class Stages {
  readonly #begun = new Map<string, number>()
  readonly #took = new Map<string, number>()
  readonly #now: () => number

  constructor({ now }: Pick<Timing, 'now'>) {
    this.#now = now
  }

  hear(event: Event): void {
    if (event.type !== 'stage') return
    if (event.at === 'begin') this.#begun.set(event.stage, this.#now())
    else {
      const begun = this.#begun.get(event.stage) ?? this.#now()
      this.#took.set(event.stage, (this.#took.get(event.stage) ?? 0) + this.#now() - begun)
    }
  }

  timings(): Omit<DrillResult['timings'], 'restoreMs'> {
    const of = (stage: string) => Math.round(this.#took.get(stage) ?? 0)
    return {
      inventoryMs: of('inventory'),
      planMs: of('plan'),
      containMs: of('apply'),
      verifyMs: of('verify') + of('sweep'),
    }
  }
}
