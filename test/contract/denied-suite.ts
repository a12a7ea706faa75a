import { afterAll, describe, expect, it } from 'vitest'
import { makePlan, type World } from '../../src/engine/index.ts'
import { type FaultRule, type Lab, type RecordedExchange, startLab } from '../../src/lab/index.ts'
import { Fault, toFault } from '../../src/model/fault.ts'
import type { Facts, Identity } from '../../src/model/identity.ts'
import { type Json, same } from '../../src/model/json.ts'
import type { FactShape, FactType } from '../../src/model/kind.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Connected, Session } from '../../src/model/provider.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { REAL } from '../../src/model/timing.ts'
import type { Case } from '../cases/case.ts'
import { sampled } from './sampled.ts'

/** One cloud's part in the laws about denied reads; the operations come from the wire. */
export interface DeniedReads {
  /** A lab over its seed, and a playbook for the law about plans. */
  open(): Case
  /** Operations without which nobody is signed in. Each needs a reason in a comment. */
  signIn: readonly string[]
  /**
   * Operations that list a kind, by kind: without one of them, identities of the kind may be missing. Every other denied
   * read costs facts, and no identity.
   */
  listedBy: { readonly [kind: string]: readonly string[] }
  /** Identities that are never touched, and about which nothing is asked one by one. */
  isUnasked?: (identity: Identity) => boolean
}

/** The message of every denial that the laws cause: what a provider reports has to include the cloud's reason. */
const mark = (operation: string) => `not authorised, says the law, for ${operation}`

interface Listing {
  identities: Map<string, Identity>
  spared: Set<string>
  warnings: string[]
  /** Account or what stands for it, with the fault, if nobody could be signed in. */
  unreached: Connected['unreached']
  /** Why the listing failed altogether, as the command would end. */
  failed?: Fault
}

class Estate {
  readonly given: Case
  readonly lab: Lab
  readonly seen: Set<string>
  /** Our own ids, of every listing so far: we are used by listing. */
  readonly own = new Set<string>()

  private constructor(given: Case, lab: Lab, seen: Set<string>) {
    this.given = given
    this.lab = lab
    this.seen = seen
  }

  static async open(given: Case): Promise<Estate> {
    const seen = new Set<string>()
    const record = ({ operation, params }: RecordedExchange) => {
      const { operations } = params
      const parts = Array.isArray(operations) ? operations.filter(each => typeof each === 'string') : []
      for (const each of [operation, ...parts]) seen.add(each)
    }
    return new Estate(given, await startLab({ clouds: [given.lab], propagationMs: 0, record }), seen)
  }

  deny(operation: string): void {
    const { code, status } = this.given.errors.denied
    const trouble = { kind: 'error', code, status, message: mark(operation) } as const
    const rule: FaultRule = { trouble, operation, times: 0 }
    this.lab.faults.add(rule)
  }

  connect(): Promise<Connected> {
    const { provider, scope } = this.given
    return provider
      .connect({
        timing: REAL,
        scope,
        lab: {
          endpoint: this.lab.endpoint,
          credentials: (this.lab.responders[provider.cloud] ?? {}) as Json,
        },
      })
      .catch((error: unknown) => ({
        sessions: [],
        unreached: [{ account: '', fault: toFault(error).record() }],
      }))
  }

  /** Operations that went over the wire while `work` ran. */
  async operationsOf(work: () => Promise<unknown>): Promise<string[]> {
    this.seen.clear()
    await work()
    const { isWrite } = this.given.operations
    return [...this.seen].filter(each => !isWrite(each)).sort()
  }

  /** Signs in and lists, as another process would. */
  async list(kinds = this.given.provider.kinds.map(({ name }) => name)): Promise<Listing> {
    const { sessions, unreached } = await this.connect()
    const listing: Listing = { identities: new Map(), spared: new Set(), warnings: [], unreached }
    for (const session of sessions) {
      try {
        // Who we are may be what a denial hides.
        for (const uid of session.caller.uids) this.own.add(uid)
        for await (const each of session.inventory({ kinds })) {
          // We use it all the time.
          if (this.own.has(each.uid)) delete each.facts['lastUsed']
          listing.identities.set(each.id, each)
        }
      } catch (error) {
        listing.failed = toFault(error)
      }
      try {
        // A reason to spare may depend on all that was listed.
        for (const each of listing.identities.values()) {
          if (session.spares(each) !== undefined) listing.spared.add(each.id)
        }
        listing.warnings.push(...session.warnings.map(({ message }) => message))
      } finally {
        await session.close()
      }
    }
    return listing
  }

  /** A plan of the case's playbook, as another process would make it. */
  async plan() {
    const { provider, playbook: source } = this.given
    const { cloud, kinds, interruptions } = provider
    const playbook = parsePlaybook(source, 'law.yaml', { clouds: [cloud], kinds, interruptions })
    const { sessions, unreached } = await this.connect()
    try {
      const world: World = {
        timing: REAL,
        providers: new Map([[cloud, provider]]),
        sessions,
        unreached: unreached.map(each => ({ cloud, ...each })),
        target: { kind: 'lab', at: this.lab.id },
        clock: () => this.lab.clock.now(),
        listen: () => undefined,
      }
      return await makePlan(world, { run: 'c0de', playbook, inputs: {}, holds: new Holds([]) })
    } finally {
      await closeAll(sessions)
    }
  }
}

async function closeAll(sessions: readonly Session[]): Promise<void> {
  for (const session of sessions) await session.close()
}

/** Facts of `part` that the full reading does not have: invented values, `[]`, `false` or `0` for what was not read. */
export function invented(full: Facts, part: Facts, shape: FactShape, at = ''): string[] {
  return Object.keys(part).flatMap(name => {
    const path = `${at}${name}`
    if (!Object.hasOwn(full, name)) return [`${path} = ${JSON.stringify(part[name])}, was absent`]
    const [was, is] = [full[name], part[name]]
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (isNested(inner) && isFacts(was) && isFacts(is)) return invented(was, is, inner, `${path}.`)
    // A verdict may say that it is not known.
    return same(was, is) || is === 'unknown'
      ? []
      : [`${path} = ${JSON.stringify(is)}, was ${JSON.stringify(was)}`]
  })
}

/** Paths of facts that only the full reading has. */
export function absent(full: Facts, part: Facts, at = ''): string[] {
  return Object.keys(full).flatMap(name => {
    if (!Object.hasOwn(part, name)) return [`${at}${name}`]
    const [was, is] = [full[name], part[name]]
    return isFacts(was) && isFacts(is) ? absent(was, is, `${at}${name}.`) : []
  })
}

function isFacts(value: Json | undefined): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A struct of facts; maps and lists of structs are one value each. */
function isNested(type: FactType | FactShape | undefined): type is FactShape {
  return typeof type === 'object' && !('list' in type) && !('map' in type)
}

/**
 * The laws about reads that are denied, one at a time. Collect them with `await`, since the operations that are denied are
 * those that a listing and a plan put on the wire: an operation that is added later is denied as well.
 */
export async function deniedReadsSuite(cloud: string, its: DeniedReads): Promise<void> {
  const estate = await Estate.open(its.open())
  const { kinds } = estate.given.provider
  const reads = await estate.operationsOf(() => estate.list())
  const planReads = await estate.operationsOf(() => estate.plan())
  const shapeOf = (kind: string) => kinds.find(({ name }) => name === kind)?.facts ?? {}
  const isDenied = (error: unknown, operation: string) =>
    error instanceof Fault && error.code === 'denied' && error.message.includes(mark(operation))

  describe(`${cloud}: reads that are denied`, () => {
    afterAll(() => estate.lab.close())

    it('knows the operations of the case', () => {
      const known = new Set([...reads, ...planReads])
      const named = [...its.signIn, ...Object.values(its.listedBy).flat()]
      expect(named.filter(each => !known.has(each))).toEqual([])
      expect(Object.keys(its.listedBy).sort()).toEqual(kinds.map(({ name }) => name).sort())
    })

    it('has every declared list and map where nothing is denied, so that an absent one means "not known"', async () => {
      const { identities } = await estate.list()
      const lacking = new Set<string>()
      for (const identity of identities.values()) {
        const { kind, facts } = identity
        if (its.isUnasked?.(identity)) continue
        for (const path of absentLists(shapeOf(kind), facts)) lacking.add(`${kind}: ${path}`)
      }
      expect([...lacking].sort()).toEqual([])
    })

    it.each(sampled(reads, 4))(
      'inventory invents nothing and names the loss when %s is denied',
      async operation => {
        const full = await estate.list()
        estate.deny(operation)
        const part = await estate.list().finally(() => estate.lab.faults.clear())
        if (its.signIn.includes(operation)) {
          expect(part.unreached.map(({ fault }) => fault.message).join()).toContain(mark(operation))
          return
        }
        expect(part.unreached).toEqual([])
        expect(part.failed?.message).toBeUndefined()
        const lost: string[] = []
        const made: string[] = []
        for (const { id, kind, facts } of part.identities.values()) {
          const before = full.identities.get(id)
          if (before === undefined) made.push(id)
          else {
            made.push(...invented(before.facts, facts, shapeOf(kind)).map(each => `${id}: ${each}`))
            lost.push(...absent(before.facts, facts).map(each => `${id}: ${each}`))
          }
        }
        expect(made).toEqual([])
        const missing = [...full.identities.values()].filter(({ id }) => !part.identities.has(id))
        const mayMiss = missing.filter(({ kind }) => its.listedBy[kind]?.includes(operation))
        expect(missing.filter(each => !mayMiss.includes(each)).map(({ id }) => id)).toEqual([])
        expect(part.identities.size, 'the rest is listed').toBeGreaterThan(0)
        if (missing.length + lost.length > 0) {
          expect(
            part.warnings.join('\n'),
            [...lost, ...missing.map(({ id }) => id)].slice(0, 5).join(),
          ).toContain(mark(operation))
        }
        const bared = [...full.spared].filter(id => part.identities.has(id) && !part.spared.has(id))
        expect(bared, 'what was spared is spared').toEqual([])
      },
    )

    const listings = Object.entries(its.listedBy).flatMap(([kind, operations]) =>
      operations.map(operation => [kind, operation] as const),
    )
    it.each(sampled(listings, 4))(
      'a listing of %s alone fails or warns when %s is denied',
      async (kind, operation) => {
        const full = await estate.list([kind])
        if (full.identities.size === 0) throw new Error(`the seed has no ${kind}`)
        estate.deny(operation)
        const part = await estate.list([kind]).finally(() => estate.lab.faults.clear())
        const complete = !part.failed && part.identities.size === full.identities.size
        if (part.failed) expect(isDenied(part.failed, operation), part.failed.message).toBe(true)
        else if (!complete) expect(part.warnings.join('\n')).toContain(mark(operation))
      },
    )

    it.each(
      sampled(
        planReads.filter(each => !its.signIn.includes(each)),
        4,
      ),
    )('plan goes on with what does not need it when %s is denied', async operation => {
      const full = await estate.plan()
      estate.deny(operation)
      const planned = await estate
        .plan()
        .catch((error: unknown) => error)
        .finally(() => estate.lab.faults.clear())
      if (planned instanceof Error) {
        // Without the listing that the playbook selects from there is nothing to plan.
        const touched = new Set(full.changes.map(({ identity }) => identity.id))
        const selected = new Set(
          full.changes
            .filter(({ identity: { owner } }) => owner === undefined || !touched.has(owner))
            .map(({ identity }) => identity.kind),
        )
        expect(isDenied(planned, operation), planned.message).toBe(true)
        expect(
          [...selected].some(kind => its.listedBy[kind]?.includes(operation)),
          planned.message,
        ).toBe(true)
        return
      }
      const part = planned as typeof full
      expect(part.unreached).toEqual([])
      const keys = new Set(full.changes.map(({ key }) => key))
      expect(part.changes.filter(({ key }) => !keys.has(key)).map(({ key }) => key)).toEqual([])
      const left = new Set(part.changes.map(({ key }) => key))
      const reasons = [
        ...part.warnings,
        ...part.refused.map(({ because }) => because),
        ...part.spared.map(({ because }) => because),
      ].join('\n')
      for (const { key } of full.changes.filter(each => !left.has(each.key))) {
        expect(reasons, key).toContain(mark(operation))
      }
    })
  })
}

/** Paths of declared lists and maps that an identity lacks. */
function absentLists(shape: FactShape, facts: Facts, at = ''): string[] {
  return Object.entries(shape).flatMap(([name, type]) => {
    const value = Object.hasOwn(facts, name) ? facts[name] : undefined
    if (isNested(type)) return isFacts(value) ? absentLists(type, value, `${at}${name}.`) : []
    const isList = typeof type === 'object' || type.startsWith('list') || type.startsWith('map')
    return isList && value === undefined ? [`${at}${name}`] : []
  })
}
