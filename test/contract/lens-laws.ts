import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differences, entryOf, type Facet, pick, withEntries } from '../../src/model/facet.ts'
import type { FaultCode } from '../../src/model/fault.ts'
import type { Facts, Identity } from '../../src/model/identity.ts'
import type { Context, Interruption, Reading } from '../../src/model/interruption.ts'
import { type Json, same } from '../../src/model/json.ts'
import { changed, find, type Range, type Subject } from './suite.ts'

/** Why a law says nothing about a lens. The suite checks the reason where it can. */
interface NotApplicable {
  notApplicable: string
}

/** An identity of the seed on which a law shows. */
interface Example<Estate> {
  name: string
  params?: Json
  /** Changes the seed before the lab serves it. */
  prepare?: (estate: Estate) => void
  /** Another range than the cloud's own: another project, a guard policy. */
  open?: () => Promise<Range>
}

/** One example for each law. A lens that lacks one does not compile, and one that is not listed does not pass. */
export interface LensExamples<Estate> {
  /**
   * It must not be cut, and the lens says why. `exhausted`: entries that the cloud did not take before; `facet`, `facts`: a
   * reading or an identity that the lab cannot give.
   */
  refuse:
    | (Example<Estate> & { because: RegExp; exhausted?: string[]; facet?: Facet; facts?: Facts })
    | NotApplicable
  /** Somebody has done it already: nothing is changed or held. `secondRun`: another run has. */
  contained: Example<Estate> | { secondRun: string; params?: Json } | NotApplicable
  /**
   * In which order it writes, by patterns of the first writes. `contain`: what denies comes first. `restore`: every write
   * that lifts a deny comes after every one that does not. `stepDown`: the residue stands, and is enforced, before anything comes back.
   */
  order:
    | (Example<Estate> & {
        strength?: 'all'
        contain?: RegExp[]
        restore?: RegExp
        stepDown?: RegExp[]
      })
    | NotApplicable
  /** These credentials could not put it back, and the lens says so beforehand. */
  oneWay: (Example<Estate> & { because: RegExp }) | NotApplicable
  /**
   * Somebody set it to something that is neither ours nor from before. `restore`: the fault with which the lens refuses to
   * write over that; without it, a forced restore gives back what was there before.
   */
  drift:
    | (Example<Estate> & { third: (cut: Facet, before: Facet) => Facet; restore?: FaultCode })
    | NotApplicable
  /**
   * Patterns of the entries that are tried one after the other when the cloud takes none. After the `last` it is refused, it
   * changes nothing, or it does the same again because that needs no room.
   */
  escalation: (Example<Estate> & { rungs: RegExp[]; last: RegExp | 'nothing' | 'same' }) | NotApplicable
  /** Sessions issued before would work again; `leaves` is the entry that a restore keeps until they have expired. */
  horizon:
    | (Example<Estate> & { seconds: number; leaves: RegExp | { nothing: RegExp | true } })
    | NotApplicable
  /** An answer without which a write could undo what others did: it is refused, and nothing is written. */
  incomplete: (Example<Estate> & { answer: (client: unknown) => unknown; code: FaultCode }) | NotApplicable
}

export interface LensCase<Estate> {
  cloud: string
  interruptions: readonly Interruption[]
  subjects: readonly Subject[]
  open(prepare?: (estate: Estate) => void): Promise<Range>
  examples: { readonly [id: string]: LensExamples<Estate> }
}

const LAWS = [
  'refuse',
  'contained',
  'order',
  'oneWay',
  'drift',
  'escalation',
  'horizon',
  'incomplete',
] as const satisfies readonly (keyof LensExamples<never>)[]

/** The laws of every lens of a cloud that need an example, and that no lens goes without one. */
export function lensLaws<Estate>(its: LensCase<Estate>): void {
  describe(`${its.cloud}: every lens has an example for every law`, () => {
    it('lists every interruption once, and no other', () => {
      expect(Object.keys(its.examples).sort()).toEqual(its.interruptions.map(({ id }) => id).sort())
    })

    it.each(Object.entries(its.examples))('%s says why a law does not apply', (_, examples) => {
      for (const law of LAWS) {
        const example = examples[law]
        if ('notApplicable' in example) expect(example.notApplicable.split(' ').length).toBeGreaterThan(3)
      }
    })
  })

  for (const interruption of its.interruptions) {
    const examples = its.examples[interruption.id]
    if (examples !== undefined) lawsOf(its, interruption, examples)
  }
}

const RUN = 'c0de'

function lawsOf<Estate>(its: LensCase<Estate>, lens: Interruption, examples: LensExamples<Estate>): void {
  describe(`${its.cloud}: ${lens.id}`, () => {
    let seeded: Range
    const opened: Range[] = []
    beforeAll(async () => {
      seeded = await its.open()
      opened.push(seeded)
    })
    afterAll(async () => {
      for (const range of opened) await range.close()
    })

    const rangeOf = async ({ prepare, open }: Partial<Example<Estate>>): Promise<Range> => {
      if (open === undefined && prepare === undefined) return seeded
      const range = await (open?.() ?? its.open(prepare))
      opened.push(range)
      return range
    }
    // An identity that a lens takes away may be missing from the listing, and its reading is still asked for.
    const known = new Map<string, Identity>()
    const at = async (example: Example<Estate>, more: Partial<Context> = {}) => {
      const range = await rangeOf(example)
      const identity = known.get(example.name) ?? (await find(range.session, lens.on, example.name))
      known.set(example.name, identity)
      return await Trial.open(lens, range, { ...example, identity }, more)
    }
    /** Identities on which a claim that something does not apply is checked. */
    const subjects = () => {
      const own = its.subjects.filter(({ interruption }) => interruption.id === lens.id)
      return own.flatMap(({ names, params }) =>
        names.slice(0, 1).map(name => ({ name, ...(params === undefined ? {} : { params }) })),
      )
    }

    it('is refused where it could not be put back or made', async () => {
      const { refuse } = examples
      if ('notApplicable' in refuse) {
        expect(lens.refuse, 'it can be refused, so an example is owed').toBeUndefined()
        return
      }
      const { exhausted, facet, facts } = refuse
      const trial = await at(refuse, exhausted === undefined ? {} : { exhausted })
      const { identity } = trial.context
      const context = { ...trial.context, identity: { ...identity, facts: { ...identity.facts, ...facts } } }
      expect(lens.refuse?.(facet ?? trial.before, context)).toMatch(refuse.because)
      expect(trial.range.trace()).toEqual([])
    })

    it('changes nothing where it is contained already', async () => {
      const { contained } = examples
      if ('notApplicable' in contained) {
        for (const subject of subjects()) {
          const first = await at(subject)
          await first.contain()
          const second = await at(subject, { run: 'f00d' })
          expect(changed(second.before, second.cut), 'another run holds it by the same entries').not.toEqual(
            [],
          )
          await first.restore()
        }
        return
      }
      if ('secondRun' in contained) {
        const { secondRun: name, params } = contained
        const example = { name, ...(params === undefined ? {} : { params }) }
        const first = await at(example)
        await first.contain()
        await (await at(example, { run: 'f00d' })).expectContained()
        await first.restore()
        return
      }
      await (await at(contained)).expectContained()
    })

    it('changes nothing that it has contained itself', async () => {
      for (const subject of subjects()) {
        const first = await at(subject)
        await first.contain()
        const again = await at(subject, first.holding())
        expect(again.cut).toEqual(again.before)
        again.range.trace()
        await again.write(again.before, again.cut)
        expect(again.range.trace()).toEqual([])
        await first.restore()
        expect(first.range.snapshot()).toEqual(first.seed)
      }
    })

    it('denies first, and lifts the deny last', async () => {
      const { order } = examples
      if ('notApplicable' in order) {
        for (const subject of subjects()) {
          const trial = await at(subject)
          const [contained, restored] = [await trial.contain(), await trial.restore()]
          expect(new Set(contained).size, `writes of different kinds: ${contained.join(' ')}`).toBe(1)
          expect(new Set(restored).size, `writes of different kinds: ${restored.join(' ')}`).toBe(1)
        }
        return
      }
      const { contain, restore, stepDown, strength } = order
      const trial = await at(order, strength === undefined ? {} : { strength })
      expectStart(await trial.contain(), contain)
      if (restore !== undefined) expectEnd(await trial.restore(), restore)
      if (stepDown !== undefined) {
        if (restore !== undefined) await trial.contain()
        expectStart(await trial.stepDown(), stepDown)
        await trial.liftResidue()
      } else if (restore === undefined) await trial.restore()
      expect(trial.range.snapshot()).toEqual(trial.seed)
    })

    it('says beforehand that these credentials could not put it back', async () => {
      const { oneWay } = examples
      if ('notApplicable' in oneWay) {
        expect(lens.oneWay, 'it can be one-way, so an example is owed').toBeUndefined()
        return
      }
      const trial = await at(oneWay)
      expect(await lens.oneWay?.(trial.range.session.client, trial.context)).toMatch(oneWay.because)
      const [subject] = subjects()
      if (subject === undefined) throw new Error(`no subject for ${lens.id}`)
      const able = await at(subject)
      expect(await lens.oneWay?.(able.range.session.client, able.context)).toBeUndefined()
    })

    it('reads as before once somebody has undone it, and is written again', async () => {
      for (const subject of subjects()) {
        const trial = await at(subject)
        await trial.contain()
        await trial.restore()
        const undone = await trial.look(trial.holding())
        expect(pick(undone.facet, trial.held)).toEqual(pick(trial.before, trial.held))
        await trial.contain()
        expect(pick((await trial.look(trial.holding())).facet, trial.held)).toEqual(
          pick(trial.cut, trial.held),
        )
        await trial.restore()
        expect(trial.range.snapshot()).toEqual(trial.seed)
      }
    })

    it('shows what somebody else made of it, and does not write over that unasked', async () => {
      const { drift } = examples
      if ('notApplicable' in drift) return
      const trial = await at(drift)
      await trial.contain()
      const third = drift.third(trial.cut, trial.before)
      await trial.write(trial.cut, third)
      const live = (await trial.look(trial.holding())).facet
      expect(pick(live, trial.held)).toEqual(pick(third, trial.held))
      for (const image of [trial.cut, trial.before]) {
        expect(trial.held.some(entry => !same(entryOf(live, entry), entryOf(image, entry)))).toBe(true)
      }
      if (drift.restore !== undefined) {
        const now = trial.range.snapshot()
        await expect(trial.write(trial.cut, trial.before)).rejects.toMatchObject({ code: drift.restore })
        expect(trial.range.snapshot()).toEqual(now)
      }
      await trial.write(
        live,
        withEntries(
          live,
          trial.held.map(entry => [entry, entryOf(trial.before, entry)]),
        ),
      )
      expect(trial.range.snapshot()).toEqual(trial.seed)
    })

    it('takes the next rung where the cloud takes none', async () => {
      const { escalation } = examples
      if ('notApplicable' in escalation) {
        for (const subject of subjects()) {
          const trial = await at(subject)
          const exhausted = changed(trial.before, trial.cut)
          const other = lens.cut(trial.before, { ...trial.context, exhausted })
          expect(other, 'it knows of entries without room, so an example is owed').toEqual(trial.cut)
        }
        return
      }
      const trial = await at(escalation)
      const exhausted: string[] = []
      for (const rung of escalation.rungs) {
        const context = { ...trial.context, exhausted: [...exhausted] }
        expect(lens.refuse?.(trial.before, context)).toBeUndefined()
        const entries = changed(trial.before, lens.cut(trial.before, context))
        expect(entries.length).toBeGreaterThan(0)
        for (const entry of entries) expect(entry).toMatch(rung)
        exhausted.push(...entries)
      }
      const end = { ...trial.context, exhausted }
      const { last } = escalation
      if (last === 'same') {
        const entries = changed(trial.before, lens.cut(trial.before, end))
        for (const entry of entries) expect(entry).toMatch(escalation.rungs.at(-1) ?? /^$/)
        return
      }
      expect(lens.cut(trial.before, end)).toEqual(trial.before)
      if (last === 'nothing') expect(lens.refuse?.(trial.before, end)).toBeUndefined()
      else expect(lens.refuse?.(trial.before, end)).toMatch(last)
    })

    it('knows how long old sessions live, and what a restore leaves until then', async () => {
      const { horizon } = examples
      if ('notApplicable' in horizon) {
        for (const subject of subjects()) {
          const { context } = await at(subject)
          expect(lens.horizon?.(context.identity) ?? 0, 'an example is owed').toBe(0)
        }
        return
      }
      const trial = await at(horizon)
      expect(lens.horizon?.(trial.context.identity)).toBe(horizon.seconds)
      if (!(horizon.leaves instanceof RegExp)) {
        const { nothing } = horizon.leaves
        if (nothing === true) expect(lens.stepDown).toBeUndefined()
        else expect(lens.noStepDown?.(trial.before, trial.context)).toMatch(nothing)
        return
      }
      await trial.contain()
      await trial.stepDown()
      const down = trial.down()
      const [residue = '', ...others] = changed(trial.before, down)
      expect(others).toEqual([])
      expect(residue).toMatch(horizon.leaves)
      expect(lens.stepDown?.(down, trial.context)).toEqual(down)
      const live = (await trial.look({ held: [...trial.held, residue] })).facet
      expect(pick(live, [...trial.held, residue])).toEqual(pick(down, [...trial.held, residue]))
      await trial.liftResidue()
      expect(trial.range.snapshot()).toEqual(trial.seed)
    })

    it('writes nothing on an answer that lacks what makes it safe', async () => {
      const { incomplete } = examples
      if ('notApplicable' in incomplete) return
      const trial = await at(incomplete)
      const client = incomplete.answer(trial.range.session.client)
      const { before, cut, context } = trial
      await expect(lens.write(client, before, cut, context)).rejects.toMatchObject({ code: incomplete.code })
      expect(trial.range.trace()).toEqual([])
      expect(trial.range.snapshot()).toEqual(trial.seed)
    })
  })
}

function expectStart(writes: readonly string[], expected: readonly RegExp[] | undefined): void {
  for (const [at, pattern] of (expected ?? []).entries())
    expect(writes[at], writes.join(' ')).toMatch(pattern)
}

function expectEnd(writes: readonly string[], lifts: RegExp): void {
  const first = writes.findIndex(each => lifts.test(each))
  expect(first, writes.join(' ')).toBeGreaterThanOrEqual(0)
  for (const write of writes.slice(first)) expect(write, writes.join(' ')).toMatch(lifts)
}

/** One lens on one identity of a range. */
class Trial {
  readonly lens: Interruption
  readonly range: Range
  /** With what was seen. */
  readonly context: Context
  readonly before: Facet
  readonly cut: Facet
  /** The estate as it was. */
  readonly seed: Json

  private constructor(lens: Interruption, range: Range, context: Context, before: Facet) {
    this.lens = lens
    this.range = range
    this.context = context
    this.before = before
    this.cut = lens.cut(before, context)
    this.seed = range.snapshot()
    range.trace()
  }

  static async open(
    lens: Interruption,
    range: Range,
    { identity, params = lens.example ?? {} }: { identity: Identity; params?: Json },
    more: Partial<Context>,
  ): Promise<Trial> {
    const asked: Context = {
      run: RUN,
      now: range.now(),
      identity,
      params: lens.params.parse(params) as Json,
      exhausted: [],
      ...more,
    }
    const reading = await lens.read(range.session.client, asked)
    if (reading === undefined) throw new Error(`${identity.id} is gone`)
    const seen = reading.seen === undefined ? {} : { seen: reading.seen }
    return new Trial(lens, range, { ...asked, ...seen }, reading.facet)
  }

  get held(): string[] {
    return differences(this.before, this.cut).map(({ entry }) => entry)
  }

  /** The members that the engine adds to a context once the change holds something. */
  holding(): Pick<Context, 'held' | 'before'> {
    return { held: this.held, before: pick(this.before, this.held) }
  }

  refusal(): string | undefined {
    return this.lens.refuse?.(this.before, this.context)
  }

  async look(more: Partial<Context>): Promise<Reading> {
    const reading = await this.lens.read(this.range.session.client, { ...this.context, ...more })
    if (reading === undefined) throw new Error(`${this.context.identity.id} is gone`)
    return reading
  }

  async write(from: Facet, to: Facet): Promise<void> {
    await this.lens.write(this.range.session.client, from, to, this.context)
  }

  /** @returns the writes, in their order */
  async contain(): Promise<string[]> {
    return await this.#traced(this.before, this.cut)
  }

  async restore(): Promise<string[]> {
    return await this.#traced(this.cut, this.before)
  }

  down(): Facet {
    if (this.lens.stepDown === undefined) throw new Error(`${this.lens.id} does not step down`)
    return this.lens.stepDown(this.before, this.context)
  }

  async stepDown(): Promise<string[]> {
    return await this.#traced(this.cut, this.down())
  }

  async liftResidue(): Promise<void> {
    await this.write(this.down(), this.before)
  }

  async expectContained(): Promise<void> {
    expect(this.refusal()).toBeUndefined()
    expect(this.cut).toEqual(this.before)
    await this.write(this.before, this.cut)
    expect(this.range.trace()).toEqual([])
    expect(this.range.snapshot()).toEqual(this.seed)
  }

  async #traced(from: Facet, to: Facet): Promise<string[]> {
    this.range.trace()
    await this.write(from, to)
    return this.range.trace()
  }
}
