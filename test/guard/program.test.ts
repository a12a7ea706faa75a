import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { closeServers, Messages, pubsub } from '../sources/servers.ts'
import { Post, refusal } from './program.ts'

const LONG = 900_000

afterEach(closeServers)

async function atPost(work: (post: Post) => Promise<void>, mode: 'act' | 'propose' = 'act'): Promise<void> {
  const post = await Post.open(mode)
  try {
    await writeFile(post.path('log'), [1, 2, 3, 4].map(n => `${refusal(`e${n}`)}\n`).join(''))
    await work(post)
  } finally {
    await post.close()
  }
}

const SOURCE = ['--source', 'file:log', '--once']

it(
  'killed at any write or request, and started again: one containment, told',
  async () => {
    let points: string[] = []
    await atPost(async post => {
      const count = post.path('points.json')
      const ended = await post.watch(SOURCE, { CRASH_COUNT: count })
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
      const { disk, http } = JSON.parse(await readFile(count, 'utf8')) as { disk: number; http: number }
      const upTo = (what: string, most: number) => Array.from({ length: most }, (_, n) => `${what}:${n + 1}`)
      points = [...upTo('disk', disk), ...upTo('http', http)]
    })
    expect(points.length).toBeGreaterThan(20)
    const wrong: string[] = []
    // All of them take minutes: CRASH_EVERY=1.
    const every = Number(process.env['CRASH_EVERY'] ?? 11)
    const left = points.filter((_, index) => index % every === 0)
    const worker = async () => {
      for (let point = left.shift(); point !== undefined; point = left.shift()) {
        const at = point
        await atPost(async post => {
          const struck = await post.watch(SOURCE, { CRASH_AT: at })
          const again = await post.watch(SOURCE)
          const runs = await post.runs()
          const whole = runs.filter(each => 'state' in each)
          const states = whole.map(each => ('state' in each ? each.state.finished : ''))
          const caused = whole.map(each => ('state' in each ? each.state.cause?.events.length : 0))
          const told = [...struck.events, ...again.events].filter(({ event }) => event === 'contained')
          if (again.code !== 0 || states.join() !== 'complete' || caused.join() !== '3' || told.length < 1) {
            wrong.push(
              `${at}: ${struck.signal} ${again.code} ${states} ${caused} ${told.length} ${again.stderr}`,
            )
          }
        }).catch((error: unknown) => wrong.push(`${at}: ${error}`))
      }
    }
    await Promise.all([worker(), worker()])
    expect(wrong).toEqual([])
  },
  LONG,
)

it(
  'the same file again, and the same events in another file: nothing more happens',
  () =>
    atPost(async post => {
      expect((await post.watch(SOURCE)).events.map(({ event }) => event)).toEqual(['fired', 'contained'])
      expect((await post.watch(SOURCE)).events).toEqual([])
      await writeFile(post.path('copy'), await readFile(post.path('log')))
      expect((await post.watch(['--source', 'file:copy', '--once'])).events).toEqual([])
      expect(await post.runs()).toHaveLength(1)
    }),
  LONG,
)

it(
  'a proposal waits for a person, and what caused it is in the journal of the run',
  () =>
    atPost(async post => {
      const { events } = await post.watch(SOURCE)
      expect(events.map(({ event }) => event)).toEqual(['fired', 'proposed'])
      expect(await post.runs()).toEqual([])
      const { child, ended } = post.start(['contain', String(events[1]?.['plan']), '--yes'])
      child.stdin.end()
      expect(await ended).toMatchObject({ code: 0 })
      const [run] = await post.runs()
      expect(run && 'state' in run && run.state.cause).toMatchObject({
        trigger: 'refused',
        events: ['e1', 'e2', 'e3'],
      })
      const status = post.start(['status', run?.run ?? ''])
      expect((await status.ended).stdout).toContain('"trigger": "refused"')
    }, 'propose'),
  LONG,
)

it(
  'Ctrl-C ends a watch that follows a file, with nothing left to do',
  () =>
    atPost(async post => {
      const { child, ended } = post.start(['watch', 'playbook.yaml', '--source', 'file:log', '--follow'])
      child.stdout.on('data', chunk => {
        if (String(chunk).includes('"contained"')) child.kill('SIGINT')
      })
      expect(await ended).toMatchObject({ code: 0, signal: null })
      expect(await post.runs()).toHaveLength(1)
    }),
  LONG,
)

it(
  'standard input, with a line that is none',
  () =>
    atPost(async post => {
      const { child, ended } = post.start(['watch', 'playbook.yaml', '--source', '-', '--once'])
      child.stdin.end(`${refusal('x1')}\nno json\n${refusal('x2')}\n${refusal('x3')}\n`)
      const { code, events } = await ended
      expect(code).toBe(0)
      expect(events.map(({ event }) => event).sort()).toEqual(['contained', 'fired', 'set-aside'])
    }),
  LONG,
)

it(
  'a queue, killed at any request: one containment, and every message is gone in the end',
  async () => {
    const onQueue = async (
      work: (
        messages: Messages,
        watch: (more?: NodeJS.ProcessEnv) => ReturnType<Post['watch']>,
        post: Post,
      ) => Promise<void>,
    ) =>
      atPost(async post => {
        const messages = new Messages([1, 2, 3, 4].map(n => refusal(`q${n}`)))
        const PUBSUB_EMULATOR_HOST = (await pubsub(messages)).replace('http://', '')
        const source = ['--source', 'pubsub:projects/p/subscriptions/s', '--once']
        await work(messages, more => post.watch(source, { PUBSUB_EMULATOR_HOST, ...more }), post)
      })
    let requests = 0
    await onQueue(async (messages, watch, post) => {
      const ended = await watch({ CRASH_COUNT: post.path('points.json') })
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
      expect(messages.texts.size).toBe(0)
      requests = (JSON.parse(await readFile(post.path('points.json'), 'utf8')) as { http: number }).http
    })
    for (let point = 1; point <= requests; point += Number(process.env['CRASH_EVERY'] ?? 9)) {
      await onQueue(async (messages, watch, post) => {
        await watch({ CRASH_AT: `http:${point}` })
        // Their time is over.
        for (const id of messages.texts.keys()) messages.giveBack(id)
        const again = await watch()
        expect(again, `${point} ${again.stderr}`).toMatchObject({ code: 0 })
        const runs = await post.runs()
        expect(runs.flatMap(each => ('state' in each ? [each.state.finished] : []))).toEqual(['complete'])
        expect(messages.texts.size, `after ${point}`).toBe(0)
      })
    }
  },
  LONG,
)

it(
  'what is learned is kept, fires nothing, and leaves the file to be watched',
  () =>
    atPost(async post => {
      const learned = await post.watch([...SOURCE, '--learn'])
      expect(learned, learned.stderr).toMatchObject({ code: 0, events: [] })
      const baseline = await readFile(post.path('state/watch/baseline.json'), 'utf8')
      expect(baseline).toContain('s3:ListBuckets')
      expect((await post.watch(SOURCE)).events.map(({ event }) => event)).toEqual(['fired', 'contained'])
    }),
  LONG,
)
