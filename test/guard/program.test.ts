import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { keyOf } from '../../src/lab/aws/seed/ids.ts'
import { KEY, Post, refusal } from './program.ts'

const LONG = 900_000

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

it.each(['act', 'propose'] as const)(
  'a firing for what an open run holds already makes no second run, and says which run holds it: %s',
  mode =>
    atPost(async post => {
      expect(await post.run(['contain', 'playbook.yaml', '--input', `key=${KEY}`, '--yes'])).toMatchObject({
        code: 0,
      })
      const [held] = await post.runs()
      const { events } = await post.watch(SOURCE)
      expect(events.map(({ event }) => event)).toEqual(['fired', mode === 'act' ? 'contained' : 'proposed'])
      expect(events[1]).toMatchObject({ status: 'held', run: held?.run, heldBy: [held?.run], changes: 0 })
      expect(events[1]).not.toHaveProperty('plan')
      expect(await post.runs()).toHaveLength(1)
    }, mode),
  LONG,
)

it(
  'a firing sees what another process contained since the one before',
  () =>
    atPost(async post => {
      const other = keyOf('billing-export')
      const input = [`key=${other}`]
      const { child, ended } = post.start(['watch', 'playbook.yaml', '--source', 'file:log', '--follow'])
      const held: unknown[] = []
      let seen = ''
      let steps: Promise<void> = Promise.resolve()
      const trigger = (name: string, key: string) =>
        appendFile(post.path('log'), [1, 2, 3].map(n => `${refusal(`${name}${n}`, key)}\n`).join(''))
      child.stdout.on('data', chunk => {
        seen += String(chunk)
        const events = seen
          .split('\n')
          .filter(
            line => /"event": ?"(contained|refused|waiting|incomplete)"/.test(line) && line.endsWith('}'),
          )
        for (const line of events.slice(held.length)) {
          const event = JSON.parse(line) as { status: string }
          held.push(event.status)
          const count = held.length
          steps = steps.then(async () => {
            if (count === 1) {
              const made = await post.run(['contain', 'playbook.yaml', '--input', ...input, '--yes'])
              expect(made, made.stderr).toMatchObject({ code: 0 })
              await trigger('held', other)
            } else child.kill('SIGINT')
          })
        }
      })
      expect(await ended).toMatchObject({ code: 0 })
      await steps
      expect(held).toEqual(['complete', 'held'])
      expect(await post.runs()).toHaveLength(2)
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
      expect(await post.run(['contain', String(events[1]?.['plan']), '--yes'])).toMatchObject({ code: 0 })
      const [run] = await post.runs()
      expect(run && 'state' in run && run.state.cause).toMatchObject({
        trigger: 'refused',
        events: ['e1', 'e2', 'e3'],
      })
      expect((await post.run(['status', run?.run ?? ''])).stdout).toContain('"trigger": "refused"')
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
      const lines = `${refusal('x1')}\nno json\n${refusal('x2')}\n${refusal('x3')}\n`
      const { code, events } = await post.run(
        ['watch', 'playbook.yaml', '--source', '-', '--once'],
        {},
        lines,
      )
      expect(code).toBe(0)
      expect(events.map(({ event }) => event).sort()).toEqual(['contained', 'fired', 'set-aside'])
    }),
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

it(
  'a key is contained although ten unknown ones fired before it',
  () =>
    atPost(async post => {
      const unknown = Array.from({ length: 10 }, (_, n) => `AKIAUNKNOWN${String(n).padStart(9, '0')}`)
      const junk = unknown.flatMap(key => [1, 2, 3].map(n => `${refusal(`${key}-${n}`, key)}\n`))
      await writeFile(post.path('log'), [...junk, await readFile(post.path('log'), 'utf8')].join(''))
      const { events } = await post.watch(SOURCE)
      expect(events.filter(({ event }) => event === 'refused')).toHaveLength(10)
      expect(events.filter(({ event }) => event === 'proposed')).toEqual([])
      expect(events.at(-1)).toMatchObject({ event: 'contained', status: 'complete' })
      expect(await post.runs()).toHaveLength(1)
    }),
  LONG,
)
