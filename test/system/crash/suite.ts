import { expect, it } from 'vitest'
import type { Case } from '../../cases/case.ts'
import { someOf } from '../../setup/whole.ts'
import { eachPoint, type Outcome, pointsOf, Scene } from './scene.ts'

// All points are some two hundred programs: about a minute on two cores that nobody else uses.
const LONG = 900_000

/** Of the points of one test, so many are tried, spread evenly; all of them with CRASH_EVERY=1. */
const TRIED = 2

async function inScene(given: Case, work: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await Scene.open(given)
  try {
    await work(scene)
  } finally {
    await scene.close()
  }
}

/** Odd, so that no kind of point is left out. */
function strideOf(points: number): number {
  const even = Math.floor(points / TRIED)
  return even % 2 === 0 ? even + 1 : even
}

/** @param open a case with an estate of its own each time */
export function crashSuite(cloud: string, open: () => Case): void {
  const some = (points: readonly string[]) => {
    const stride = Number(process.env['CRASH_EVERY'] ?? strideOf(points.length))
    return points.filter((_, index) => index % stride === 0)
  }

  it(
    `${cloud}: contain, killed at any point: nothing is lost, resume finishes it, restore puts all back`,
    async () => {
      let points: string[] = []
      await inScene(open(), async scene => {
        points = pointsOf(await scene.count(strike => scene.contain(strike)))
      })
      expect(points.length).toBeGreaterThan(6 * open().changes)
      let unbegun = 0
      const wrong = await eachPoint(some(points), point =>
        inScene(open(), async scene => {
          wasStruck(await scene.contain({ crash: point }), point)
          const begun = await scene.run()
          if (!begun) {
            unbegun++
            expect(scene.inside.snapshot(), 'changed before the run was on disk').toEqual(scene.inside.seed)
            return
          }
          expect(await scene.inside.unowed(begun.run)).toEqual([])
          await resumes(scene, begun.run, points.indexOf(point))
          expect((await scene.run())?.finished).toBe('complete')
          await putBack(scene, begun.run)
        }),
      )
      expect(wrong).toEqual([])
      expect(unbegun).toBeGreaterThan(0)
    },
    LONG,
  )

  it(
    `${cloud}: restore, killed at any point: all is put back in the end`,
    async () => {
      let points: string[] = []
      await inScene(open(), async scene => {
        const run = await contained(scene)
        points = pointsOf(await scene.count(strike => scene.restore(run, strike)))
      })
      expect(points.length).toBeGreaterThan(6 * open().changes)
      const wrong = await eachPoint(some(points), point =>
        inScene(open(), async scene => {
          const run = await contained(scene)
          wasStruck(await scene.restore(run, { crash: point }), point)
          expect(await scene.inside.unowed(run)).toEqual([])
          const begun = (await scene.run())?.restore
          if (begun?.finished === undefined) {
            if (begun) await resumes(scene, run, points.indexOf(point))
            else await scene.inside.restore({}, run)
          }
          expect((await scene.run())?.restore?.finished).toBe('complete')
          expect(scene.inside.snapshot()).toEqual(scene.inside.seed)
        }),
      )
      expect(wrong).toEqual([])
    },
    LONG,
  )

  it(
    `${cloud}: a full disk ends the run before the next change, and resume finishes it`,
    async () => {
      const kib = someOf([6, 14, 22], 3, 1)
      const wrong = await eachPoint(kib, fileKiB =>
        inScene(open(), async scene => {
          const stopped = await scene.contain({ fileKiB })
          if (stopped.code === 0) return
          expect(stopped.code, stopped.stdout + stopped.stderr).toBe(5)
          const begun = await scene.run()
          if (!begun) {
            expect(scene.inside.snapshot()).toEqual(scene.inside.seed)
            return
          }
          expect(await scene.inside.unowed(begun.run)).toEqual([])
          await resumes(scene, begun.run, kib.indexOf(fileKiB))
          await putBack(scene, begun.run)
        }),
      )
      expect(wrong).toEqual([])
    },
    LONG,
  )
}

/** A process for every fifth: it takes over the lock of the dead one. The others are gone on with in this process. */
async function resumes(scene: Scene, run: string, index: number): Promise<void> {
  if (index % 5 !== 0) {
    await scene.inside.resume(run)
    return
  }
  const resumed = await scene.resume(run)
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0, signal: null })
}

/** Entries that come together share an append, so that one run may have one or two appends fewer than another. */
function wasStruck({ code, signal, stdout, stderr }: Outcome, point: string): void {
  const [where, count] = point.split(':')
  if (code === 0 && where === 'journal' && Number(count) > 6) return
  expect(signal, stdout + stderr).toBe('SIGKILL')
}

async function contained({ inside }: Scene): Promise<string> {
  const state = await inside.contain()
  expect(state.finished).toBe('complete')
  return state.run
}

async function putBack({ inside }: Scene, run: string): Promise<void> {
  expect(inside.contained(), 'contained').toBe(true)
  const restored = await inside.restore({}, run)
  expect(restored.restore?.finished).toBe('complete')
  expect(inside.snapshot()).toEqual(inside.seed)
}
