import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePlan } from '../../src/engine/index.ts'
import type { Facet } from '../../src/model/facet.ts'
import type { Json } from '../../src/model/json.ts'
import type { Plan } from '../../src/model/plan.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { ChangeState } from '../../src/model/run/state.ts'
import { type Case, type Opened, openCase } from '../cases/case.ts'
import { type Begun, facetOf, Incident, RUN } from './incident.ts'

/**
 * The state in which many incidents of one case begin: what led to it happens once. Each incident gets a lab, a session and a
 * state folder of its own.
 */
export class Beginning implements Begun {
  readonly at: string
  readonly seed: Json
  readonly estate: string
  readonly plan: Plan
  readonly folder: string | undefined
  readonly #case: Case
  readonly #untouched: Opened
  readonly #originals = new Map<string, Promise<Facet>>()

  private constructor(given: Case, untouched: Opened, begun: Omit<Begun, 'original'>) {
    this.#case = given
    this.#untouched = untouched
    this.at = begun.at
    this.seed = begun.seed
    this.estate = begun.estate
    this.plan = begun.plan
    this.folder = begun.folder
  }

  /** Nothing has happened, and the plan is made. */
  static async planned<C extends Case>(open: () => C): Promise<Beginning> {
    return await Beginning.#from(open, async () => undefined)
  }

  /** The run is complete. Throws when it is not. */
  static async contained<C extends Case>(open: () => C): Promise<Beginning> {
    return await Beginning.#from(open, async incident => {
      const { finished } = await incident.contain()
      if (finished !== 'complete') throw new Error(`the containment is ${finished}`)
      const folder = await mkdtemp(join(tmpdir(), 'interdict-begun-'))
      await cp(incident.town.folder, folder, { recursive: true })
      return folder
    })
  }

  static async #from<C extends Case>(
    open: () => C,
    begin: (incident: Incident<C>) => Promise<string | undefined>,
  ): Promise<Beginning> {
    const incident = await Incident.open(open())
    try {
      const seeded = JSON.stringify(incident.case.lab.estate())
      const plan = await makePlan(incident.world(), {
        run: RUN,
        playbook: incident.playbook,
        inputs: {},
        holds: new Holds([]),
      })
      const folder = await begin(incident)
      const estate = JSON.stringify(incident.case.lab.estate())
      const twin = open()
      const untouched = await openCase(twin, { estate: seeded })
      return new Beginning(twin, untouched, {
        at: incident.lab.id,
        seed: incident.seed,
        estate,
        plan,
        folder,
      })
    } finally {
      await incident.close()
    }
  }

  original(change: ChangeState): Promise<Facet> {
    let facet = this.#originals.get(change.key)
    if (facet === undefined) {
      facet = facetOf(this.#case, this.#untouched, change)
      this.#originals.set(change.key, facet)
    }
    return facet
  }

  async close(): Promise<void> {
    for (const session of this.#untouched.sessions) await session.close()
    await this.#untouched.lab.close()
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true })
  }
}
