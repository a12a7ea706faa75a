import { appendFile, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type QueueLab, startQueues } from '../../src/lab/queues/index.ts'
import { type Ended, Post, refusal } from '../guard/program.ts'
import { QUEUES, queueOf } from '../sources/clouds.ts'
import { eachPoint } from './crash/scene.ts'

const LONG = 900_000

/** Points that are tried of each part; all of them take ten minutes: CRASH_EVERY=1. */
const EVERY = process.env['CRASH_EVERY']
const POINTS = { counting: 1, firing: 1 }

/** Something that holds records for a watch. */
interface Stream {
  /** `--source`, and what has to be in the environment. */
  given: string
  environment: NodeJS.ProcessEnv
  put(record: string): Promise<void>
  /** Messages lent to the dead process are there again. */
  lapse(): void
  /** Not acknowledged yet; undefined where only a position says so. */
  left(): number | undefined
}

const SOURCES: readonly { name: string; open(post: Post, lab: QueueLab): Promise<Stream> }[] = [
  {
    name: 'a file',
    async open(post) {
      await appendFile(post.path('log'), '')
      return {
        given: 'file:log',
        environment: {},
        put: record => appendFile(post.path('log'), `${record}\n`),
        lapse: () => undefined,
        left: () => undefined,
      }
    },
  },
  ...QUEUES.map(cloud => ({
    name: cloud.name,
    async open(_: Post, lab: QueueLab): Promise<Stream> {
      const { given, environment } = cloud.source(lab)
      return {
        // Records of CloudTrail on every queue, as somebody's own forwarder may send them.
        given: `${given.startsWith('sqs:') ? 'bare,aws' : 'aws'}@${given}`,
        environment,
        put: async record => void queueOf(lab).put(cloud.message(record)),
        lapse: () => lab.clock.advance(61),
        left: () => queueOf(lab).size,
      }
    },
  })),
]

const POISON = '{"no":"record at all"}'

/** Two refusals, which do nothing yet, and what is none. */
const FIRST = [refusal('k1'), POISON, refusal('k2')]
/** The third, which makes it a case for the playbook, and one of somebody else. */
const SECOND = [refusal('k3'), refusal('k4', 'AKIAI44QH8DHBEXAMPLE')]

class Scene {
  readonly post: Post
  readonly #lab: QueueLab
  readonly #stream: Stream
  readonly #ended: Ended[] = []

  private constructor(post: Post, lab: QueueLab, stream: Stream) {
    this.post = post
    this.#lab = lab
    this.#stream = stream
  }

  static async open(source: (typeof SOURCES)[number]): Promise<Scene> {
    const post = await Post.open()
    // Two in an answer: some are acknowledged before others.
    const lab = await startQueues({ longestWaitMs: 5, mostAtOnce: 2 })
    queueOf(lab)
    return new Scene(post, lab, await source.open(post, lab))
  }

  async close(): Promise<void> {
    await Promise.all([this.post.close(), this.#lab.close()])
  }

  async put(records: readonly string[]): Promise<void> {
    for (const record of records) await this.#stream.put(record)
  }

  async watch(environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const { given, environment: own } = this.#stream
    const ended = await this.post.watch(['--source', given, '--once'], { ...own, ...environment })
    this.#ended.push(ended)
    return ended
  }

  /** The points of a watch that nothing strikes. */
  async points(): Promise<string[]> {
    const file = this.post.path('points.json')
    const ended = await this.watch({ CRASH_COUNT: file })
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const { disk, http } = JSON.parse(await readFile(file, 'utf8')) as { disk: number; http: number }
    const upTo = (what: string, most: number) => Array.from({ length: most }, (_, n) => `${what}:${n + 1}`)
    return [...upTo('disk', disk), ...upTo('http', http)]
  }

  /** A watch that is killed there, after which its leases run out. */
  async struck(point: string): Promise<void> {
    const { code, signal, stderr } = await this.watch({ CRASH_AT: point })
    // Receives run beside each other, so that one watch may have fewer requests than another.
    if (code !== 0) expect(signal, stderr).toBe('SIGKILL')
    this.#stream.lapse()
  }

  /** Everything is as if nothing had happened. */
  async whole(): Promise<void> {
    const runs = (await this.post.runs()).flatMap(each => ('state' in each ? [each.state] : []))
    expect(runs.map(({ finished }) => finished)).toEqual(['complete'])
    expect(runs[0]?.cause?.events.toSorted()).toEqual(['k1', 'k2', 'k3'])
    expect(this.#stream.left() ?? 0, 'not acknowledged').toBe(0)
    const aside = await readFile(this.post.path('state/watch/set-aside.ndjson'), 'utf8')
    const excerpts = aside
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { excerpt: string }).excerpt)
    expect(excerpts, 'set aside').toEqual([POISON])
    const told = this.#ended.flatMap(({ events }) => events.filter(({ event }) => event === 'contained'))
    expect(told.length, 'told').toBeGreaterThan(0)
  }
}

/** One queue; a file and every queue with CRASH_EVERY. test/sources has the laws of each source in process. */
const TRIED = EVERY === undefined ? SOURCES.slice(1, 2) : SOURCES

describe.each(TRIED)('$name', source => {
  const inScene = async (work: (scene: Scene) => Promise<void>): Promise<void> => {
    const scene = await Scene.open(source)
    try {
      await work(scene)
    } finally {
      await scene.close()
    }
  }
  const index = SOURCES.indexOf(source)

  it(
    'killed at any write or request, and started again: nothing is lost, one containment, poison once',
    async () => {
      let counting: string[] = []
      let firing: string[] = []
      await inScene(async scene => {
        await scene.put(FIRST)
        counting = await scene.points()
        await scene.put(SECOND)
        firing = await scene.points()
        await scene.whole()
        expect(await scene.watch()).toMatchObject({ code: 0, events: [] })
      })
      const points = [
        ...some(counting, POINTS.counting, index).map(each => ['counting', each]),
        ...some(firing, POINTS.firing, index).map(each => ['firing', each]),
      ]
      const wrong = await eachPoint(points, ([part = '', point = '']) =>
        inScene(async scene => {
          await scene.put(FIRST)
          if (part === 'counting') await scene.struck(point)
          else {
            const first = await scene.watch()
            expect(first, first.stderr).toMatchObject({ code: 0 })
          }
          await scene.put(SECOND)
          if (part === 'firing') await scene.struck(point)
          const again = await scene.watch()
          expect(again, again.stderr).toMatchObject({ code: 0 })
          await scene.whole()
        }),
      )
      expect(wrong).toEqual([])
    },
    LONG,
  )
})

/** Spread evenly, at other places for each source; or each so-manieth. */
function some(points: readonly string[], most: number, source: number): string[] {
  if (EVERY !== undefined) return points.filter((_, at) => at % Number(EVERY) === 0)
  const step = points.length / most
  const from = (source + 0.5) / SOURCES.length
  return Array.from({ length: most }, (_, n) => points[Math.floor((n + from) * step)] ?? '')
}
