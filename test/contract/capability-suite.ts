import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Capabilities,
  capabilitiesOf,
  STAGES,
  stagePermissions,
} from '../../src/model/capability.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Context, Interruption, Reading } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { sampled } from './sampled.ts'
import { find, type Range, type Subject } from './suite.ts'

export interface CapabilityCase<Estate> {
  cloud: string
  interruptions: readonly Interruption[]
  subjects: readonly Subject[]
  /** A range over the seed, changed before it is served. */
  open(prepare?: (estate: Estate) => void): Promise<Range>
  /** The estate of an open range, as plain data. */
  estateOf(range: Range): Estate
  /** Takes one permission away from the responder. */
  take(estate: Estate, permission: string): void
  /** Leaves the responder nothing but reading. */
  readOnly(estate: Estate): void
  /** Those without which nobody gets in, or nothing can be asked at all. */
  kept: ReadonlySet<string>
  /** Those of which another one that the responder has does the same. */
  replaced?: ReadonlySet<string>
  /** Of `permissions`, those that this lab's subjects do not come to call, by interruption. */
  uncalled?: { readonly [id: string]: readonly string[] }
}

const RUN = 'c0de'

/** Holds the answers of `doctor` about permissions against the cloud's refusals. */
export function capabilitySuite<Estate extends object>(its: CapabilityCase<Estate>): void {
  const { cloud, interruptions, kept, replaced = new Set() } = its
  const all = [
    ...new Set(interruptions.flatMap(each => STAGES.flatMap(stage => stagePermissions(each, stage)))),
  ]
  const taken = all.filter(each => !kept.has(each)).sort()

  describe(`${cloud}: what credentials could do`, () => {
    it('is everything, told without a write, when they have every permission', async () => {
      const range = await its.open()
      try {
        range.operations()
        const told = await capabilities(range, interruptions)
        expect(range.writes()).toEqual([])
        expect(told.filter(each => STAGES.some(stage => each[stage].answer !== 'can'))).toEqual([])
      } finally {
        await range.close()
      }
    })

    it('is nothing for credentials that only read', async () => {
      const range = await its.open(its.readOnly)
      try {
        const told = await capabilities(range, interruptions)
        const contain = told.map(each => [each.interruption, each.contain.answer, each.restore.answer])
        expect(contain).toEqual(interruptions.map(({ id }) => [id, 'cannot', 'cannot']))
      } finally {
        await range.close()
      }
    })

    it.each(sampled(taken, 6))('without %s is all but what calls it', async permission => {
      const range = await its.open(estate => its.take(estate, permission))
      try {
        const told = await capabilities(range, interruptions)
        const wrong = interruptions.flatMap((interruption, at) =>
          STAGES.flatMap(stage => {
            const answer = told[at]?.[stage].answer ?? 'unknown'
            const isNeeded = stagePermissions(interruption, stage).includes(permission)
            const missing = told[at]?.[stage].missing?.map(each => each.permission) ?? []
            const expected: readonly Answer[] = !isNeeded
              ? ['can']
              : replaced.has(permission)
                ? ['can', 'unknown']
                : ['cannot', 'partly', 'unknown']
            const isNamed = answer !== 'cannot' && answer !== 'partly' ? true : missing.includes(permission)
            return expected.includes(answer) && isNamed ? [] : [`${interruption.id} ${stage}: ${answer}`]
          }),
        )
        expect(wrong).toEqual([])
      } finally {
        await range.close()
      }
    })
  })

  describe(`${cloud}: what credentials cannot do is refused`, () => {
    const cases = interruptions.flatMap(interruption =>
      (['contain', 'restore'] as const).flatMap(stage => {
        const { permissions, occasions = {} } = interruption
        const side = stage === 'contain' ? 'cut' : 'restore'
        return permissions[side]
          .filter(each => occasions[side]?.[each] === undefined && !kept.has(each) && !replaced.has(each))
          .filter(each => its.uncalled?.[interruption.id]?.includes(each) !== true)
          .map(permission => ({ id: interruption.id, stage, permission }))
      }),
    )
    it.each(sampled(cases, 4))('$id: $stage without $permission', async ({ id, stage, permission }) => {
      const subjects = its.subjects.filter(({ interruption }) => interruption.id === id)
      expect(subjects.length).toBeGreaterThan(0)
      expect(await refusals(its, subjects, stage, permission)).toContain('denied')
    })
  })
}

async function capabilities(range: Range, interruptions: readonly Interruption[]): Promise<Capabilities[]> {
  const permissions = interruptions.flatMap(each => STAGES.flatMap(stage => stagePermissions(each, stage)))
  const rights = await range.session.rights?.([...new Set(permissions)])
  if (rights === undefined) throw new Error('this cloud does not say')
  return interruptions.map(each => capabilitiesOf(each, rights))
}

/** The codes with which the cloud refuses the stage on the first identity of each subject. */
async function refusals<Estate extends object>(
  its: CapabilityCase<Estate>,
  subjects: readonly Subject[],
  stage: 'contain' | 'restore',
  permission: string,
): Promise<string[]> {
  const codes: string[] = []
  for (const subject of subjects) {
    let estate: Estate | undefined
    if (stage === 'restore') {
      const range = await its.open()
      try {
        await cutAll(range, subject)
        estate = structuredClone(its.estateOf(range))
      } finally {
        await range.close()
      }
    }
    const range = await its.open(seed => {
      if (estate !== undefined) Object.assign(seed, estate)
      its.take(seed, permission)
    })
    try {
      for (const name of subject.names) {
        try {
          if (stage === 'contain') await cut(range, subject, name)
          else await restore(range, subject, name)
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          codes.push(error.code)
        }
      }
    } finally {
      await range.close()
    }
    if (codes.includes('denied')) break
  }
  return codes
}

const befores = new WeakMap<Subject, Map<string, { before: Reading; context: Context }>>()

async function cutAll(range: Range, subject: Subject): Promise<void> {
  const done = new Map<string, { before: Reading; context: Context }>()
  for (const name of subject.names) done.set(name, await cut(range, subject, name))
  befores.set(subject, done)
}

async function cut(
  { session, now }: Range,
  { interruption, params = {} }: Subject,
  name: string,
): Promise<{ before: Reading; context: Context }> {
  const identity = await find(session, interruption.on, name)
  const base: Context = {
    run: RUN,
    now: now(),
    identity,
    params: interruption.params.parse(params) as Json,
    exhausted: [],
  }
  const before = await interruption.read(session.client, base)
  if (!before) throw new Error(`${identity.id} is gone`)
  const context = { ...base, ...(before.seen === undefined ? {} : { seen: before.seen }) }
  await interruption.write(session.client, before.facet, interruption.cut(before.facet, context), context)
  return { before, context }
}

async function restore({ session }: Range, subject: Subject, name: string): Promise<void> {
  const { interruption } = subject
  const made = befores.get(subject)?.get(name)
  if (made === undefined) throw new Error(`${name} was not cut`)
  const { before, context } = made
  const cut = interruption.cut(before.facet, context)
  const held = Object.keys({ ...before.facet, ...cut })
  const live = (await interruption.read(session.client, { ...context, held }))?.facet ?? {}
  const to = withEntries(
    live,
    held.map(entry => [entry, before.facet[entry]]),
  )
  await interruption.write(session.client, live, to, { ...context, held })
}
