import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RunState } from '../../../src/model/run/state.ts'
import type { Scene } from '../../rotate/scene.ts'

/** A rotation that is killed at its points, and what has to be so once it was gone on with. */
export interface Killing {
  /** A scene over an estate that is kept in a file. */
  open(): Promise<Scene>
  /** Returns the run. */
  contain(scene: Scene): Promise<string>
  /** Arguments after the run. */
  more: readonly string[]
  /** Operations that change something, by their names in the lab. */
  writes: RegExp
  /** Nothing was made, nothing was taken. */
  untouched(scene: Scene): void
  /** Returns what must be in no file of ours: parts of the new secret. */
  check(scene: Scene, run: string, state: RunState): Promise<string[]>
}

/**
 * Kills `rotate` at its points, in two labs at once, and returns what went wrong. The points after each write and the first of the
 * journal are always tried; all of them with CRASH_EVERY=1. The points between them are tried for AWS alone (crash.test.ts).
 */
export async function killed(given: Killing): Promise<{ wrong: string[]; orphans: number; unbegun: number }> {
  const places = await Promise.all([1, 2].map(() => prepared(given)))
  try {
    const [first] = places
    if (!first) throw new Error('no scene')
    const waiting = await pointsOf(given, first)
    const found = { wrong: [] as string[], orphans: 0, unbegun: 0 }
    await Promise.all(
      places.map(async place => {
        for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
          const at = point
          await strike(given, place, at)
            .then(({ orphans, unbegun }) => {
              found.orphans += orphans
              found.unbegun += unbegun
            })
            .catch((error: unknown) => found.wrong.push(`${at}: ${String(error)}`))
        }
      }),
    )
    return found
  } finally {
    await Promise.all(places.map(({ scene }) => scene.close()))
  }
}

interface Place {
  scene: Scene
  run: string
  rewind(): Promise<void>
}

async function prepared(given: Killing): Promise<Place> {
  const scene = await given.open()
  const run = await given.contain(scene)
  return { scene, run, rewind: await scene.save() }
}

function rotate({ more }: Killing, { scene, run }: Place, strike: NodeJS.ProcessEnv) {
  return scene.interdict(['rotate', run, '--lab', '--yes', '--json', '--reason', 'x', ...more], strike)
}

async function pointsOf(given: Killing, place: Place): Promise<string[]> {
  const { scene, run } = place
  const counted = join(scene.folder, 'points.json')
  const from = scene.exchanges.length
  const smooth = await rotate(given, place, { CRASH_COUNT: counted })
  expect(smooth, smooth.stdout + smooth.stderr).toMatchObject({ code: 0 })
  await given.check(scene, run, (await scene.read(run)).state)
  const { journal } = JSON.parse(await readFile(counted, 'utf8')) as { journal: number }
  const writes = scene.exchanges
    .slice(from)
    .flatMap(({ operation }, index) => (given.writes.test(operation) ? [index + 1] : []))
  expect(writes.length).toBeGreaterThan(1)
  const answered = writes.map(each => `http:${each}:answered`)
  const others = [
    ...Array.from({ length: journal }, (_, index) => [
      `journal:${index + 1}:torn`,
      `journal:${index + 1}:after`,
    ]).flat(),
    ...writes.map(each => `http:${each}:sent`),
    // An operation that only reads leaves the state of the point before it.
    'http:1:sent',
  ]
  const every = Number(process.env['CRASH_EVERY'] ?? others.length)
  return [...answered, ...others.filter((_, index) => index % every === 0)]
}

async function strike(
  given: Killing,
  place: Place,
  point: string,
): Promise<{ orphans: number; unbegun: number }> {
  const { scene, run, rewind } = place
  await rewind()
  const struck = await rotate(given, place, { CRASH_AT: point })
  // How often something is asked until it is known is a matter of time.
  if (struck.signal !== 'SIGKILL') {
    expect(struck.code, struck.stderr).toBe(0)
    return { orphans: 0, unbegun: 0 }
  }
  const begun = (await scene.read(run)).state.rotation
  if (!begun) {
    given.untouched(scene)
    return { orphans: 0, unbegun: 1 }
  }
  if (begun.finished === undefined) {
    const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
    expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 })
  }
  const { state } = await scene.read(run)
  const secret = await given.check(scene, run, state)
  expect(secret.length).toBeGreaterThan(0)
  const told = (await scene.files()).filter(
    ({ path, text }) => !path.endsWith('estate.json') && secret.some(part => text.includes(part)),
  )
  expect(told.map(({ path }) => path)).toEqual([])
  const orphans = [...state.changes.values()].flatMap(({ rotation }) => rotation?.orphans ?? [])
  return { orphans: orphans.length, unbegun: 0 }
}
