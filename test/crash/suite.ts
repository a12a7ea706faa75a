import { describe, expect, it } from 'vitest'
import type { Case } from '../cases/case.ts'
import { Beginning } from '../fault/beginning.ts'
import { Incident, RUN } from '../fault/incident.ts'
import { containDying, type Death, restoreDying, type Survived } from './dying.ts'

/** A test is some forty labs, one after the other. */
const LONG = 600_000

/**
 * A process dies at every entry of a journal: all calls of a cloud lie between two of them. Half of an entry is left behind at
 * every second point, and at every point with CRASH_EVERY=1, which tries every entry in any case. The leftovers of a killed process in
 * the machine are for `test/system`.
 *
 * @param open a case with an estate of its own each time
 * @param every so many-th entry is tried; for further cases of a cloud whose engine another case tries at each entry
 */
export function deathSuite(cloud: string, open: () => Case, every = 1): void {
  describe(`${cloud}: a process that dies at any entry`, () => {
    it(
      'of a containment loses nothing: resume completes the run, and a restore puts everything back',
      () =>
        atEachEntry(
          open,
          { begin: Beginning.planned, least: 3, work: contain, every },
          async (incident, { entries }) => {
            if (entries === 0) {
              expect(incident.snapshot(), 'changed before the run was on disk').toEqual(incident.seed)
              return
            }
            expect(await incident.unowed()).toEqual([])
            expect((await incident.resume()).finished).toBe('complete')
            expect(incident.contained()).toBe(true)
            expect((await incident.restore()).restore?.finished).toBe('complete')
            expect(incident.snapshot()).toEqual(incident.seed)
          },
        ),
      LONG,
    )

    it(
      'of a restore leaves nothing that is not put back in the end',
      () =>
        atEachEntry(
          open,
          { begin: Beginning.contained, least: 2, work: restore, every },
          async (incident, { entries }) => {
            expect(await incident.unowed()).toEqual([])
            const ended = entries === 0 ? await incident.restore() : await incident.resume()
            expect(ended.restore?.finished).toBe('complete')
            expect(incident.snapshot()).toEqual(incident.seed)
          },
        ),
      LONG,
    )
  })
}

const NEVER: Death = { entries: Number.POSITIVE_INFINITY, torn: false }

/** Work that a process dies in. */
interface Mortal {
  /** The state in which it begins. */
  begin: (open: () => Case) => Promise<Beginning>
  /** Entries that one change has at least. */
  least: number
  /** Of the entries, so many-th are tried. */
  every: number
  work: (incident: Incident, death: Death) => Promise<Survived>
}

/** Counts the entries of the work, and does it once for each of them, with a death there. */
async function atEachEntry(
  open: () => Case,
  { begin, least, every, work }: Mortal,
  check: (incident: Incident, death: Death) => Promise<void>,
): Promise<void> {
  const began = await begin(open)
  try {
    const { entries } = await inIncident(open(), began, incident => work(incident, NEVER))
    expect(entries).toBeGreaterThan(least * open().changes)
    const wrong: string[] = []
    for (const death of deathsOf(entries, every)) {
      await inIncident(open(), began, async incident => {
        expect((await work(incident, death)).state, 'it did not die').toBeUndefined()
        await check(incident, death)
      }).catch((error: unknown) =>
        wrong.push(`${death.entries}${death.torn ? ' torn' : ''}: ${String(error)}`),
      )
    }
    expect(wrong).toEqual([])
  } finally {
    await began.close()
  }
}

function deathsOf(entries: number, every: number): Death[] {
  const isWhole = process.env['CRASH_EVERY'] === '1'
  const stride = isWhole ? 1 : every
  return Array.from({ length: Math.ceil(entries / stride) }, (_, nth) => nth).flatMap(nth =>
    (isWhole ? [false, true] : [nth % 2 === 1]).map(torn => ({ entries: nth * stride, torn })),
  )
}

async function contain(incident: Incident, death: Death): Promise<Survived> {
  return await containDying(incident.town, incident.world(), await incident.plan(), death)
}

async function restore(incident: Incident, death: Death): Promise<Survived> {
  return await restoreDying(incident.town, incident.world(), RUN, death)
}

async function inIncident<Result>(
  given: Case,
  began: Beginning,
  work: (incident: Incident) => Promise<Result>,
): Promise<Result> {
  const incident = await Incident.open(given, { began })
  try {
    return await work(incident)
  } finally {
    await incident.close()
  }
}
