import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { REAL } from '../../src/model/timing.ts'
import { actingTriggers, startedOf } from '../../src/toolkit/watch/started.ts'
import { startedLines } from '../../src/ui/watch-started.ts'
import { shipped } from '../incidents/shipped.ts'
import { Post, refusal } from './program.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const LONG = 300_000

async function start(more: Partial<Parameters<typeof startedOf>[0]> = {}) {
  return startedOf({
    playbooks: [await shipped('leaked-access-key'), await shipped('agent-out-of-scope')],
    named: ['leaked-access-key', 'agent-out-of-scope'],
    sources: [{ given: "ocsf@file:it's here", name: "file:/logs/it's here", formats: ['ocsf'] }],
    notify: ['webhook:https://soc.example'],
    mode: 'act',
    ceiling: 10,
    learned: 0,
    timing: REAL,
    ...more,
  })
}

it('a start says what is watched, what each trigger does, and the ceiling with its shares', async () => {
  const started = await start({ learned: 3 })
  expect(started).toMatchObject({
    event: 'started',
    mode: 'act',
    ceiling: { all: 10, trigger: 7, source: 10, identity: 3 },
    sources: [{ name: "file:/logs/it's here", formats: ['ocsf'] }],
    notify: ['webhook:https://soc.example'],
    learned: 3,
  })
  const triggers = started.playbooks.flatMap(each => each.triggers)
  expect(triggers.map(({ does }) => does)).toContain('rule')
  expect(triggers.filter(({ cannot }) => cannot !== undefined)).toEqual([])
  expect(startedLines(started)).toContain("from file:/logs/it's here: ocsf")
  expect(startedLines(started).join('\n')).not.toContain('CANNOT FIRE')
  expect(started).not.toHaveProperty('learn')
})

it('with --mode propose no trigger acts', async () => {
  const { playbooks } = await start({ mode: 'propose' })
  expect(playbooks.flatMap(({ triggers }) => triggers).some(({ does }) => does === 'act')).toBe(false)
  expect(actingTriggers([await shipped('leaked-access-key')], 'propose')).toBe(0)
})

it('without anything learned, first-seen and what waits for it cannot fire, and the rest can', async () => {
  const started = await start()
  const triggers = started.playbooks.flatMap(each => each.triggers)
  const cannot = triggers.filter(each => each.cannot !== undefined).map(({ name }) => name)
  expect(cannot).toEqual(['from-a-new-country', 'refused-from-a-new-country'])
  const last = startedLines(started).at(-1)
  expect(last).toContain('CANNOT FIRE: leaked-access-key/from-a-new-country')
  expect(last).toContain(
    `interdict watch leaked-access-key agent-out-of-scope --learn --once --source 'ocsf@file:it'\\''s here'`,
  )
})

it('a queue is not asked again, so that nothing of it is suggested for learning', async () => {
  const started = await start({
    sources: [{ given: 'azqueue:https://a/q?sig=SECRET', name: 'azqueue:https://a/q', formats: ['scc'] }],
  })
  expect(JSON.stringify(started) + startedLines(started).join('')).not.toContain('SECRET')
  expect(started).not.toHaveProperty('learn')
})

it(
  'the command that a start suggests learns, and then nothing is missing',
  async () => {
    const post = await Post.open()
    try {
      await writeFile(post.path('my log'), `${refusal('e1')}\n`)
      const watch = async () => {
        const args = ['watch', 'leaked-access-key', '--once', '--source', 'file:my log']
        return (await post.run(args)).started
      }
      const before = await watch()
      expect(before).toMatchObject({ learned: 0 })
      const { status, stderr } = spawnSync(
        'sh',
        ['-c', `interdict() { node "$BIN" "$@"; }; ${before?.['learn']}`],
        {
          cwd: post.folder,
          env: {
            PATH: `${process.execPath.replace(/\/node$/, '')}:${process.env['PATH']}`,
            HOME: post.folder,
            BIN,
          },
          encoding: 'utf8',
        },
      )
      expect(status, stderr).toBe(0)
      const after = await watch()
      expect(after).toMatchObject({ learned: 1 })
      expect(JSON.stringify(after)).not.toContain('cannot')
    } finally {
      await post.close()
    }
  },
  LONG,
)

it(
  'an archive that is cut short is read up to there, its end is told, and the other source goes on',
  async () => {
    const post = await Post.open()
    try {
      const lines = [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`)
      const filler = Array.from({ length: 500 }, (_, n) => `${refusal(`f${n}`, `AKIAFILLER${n}`)}\n`)
      const packed = gzipSync([...lines, ...filler].join(''))
      await writeFile(post.path('a.gz'), packed.subarray(0, packed.length - 500))
      await writeFile(post.path('other'), `${refusal('o1', 'AKIAOTHER')}\n{}\n`)
      const sources = ['--source', 'file:a.gz', '--source', 'file:other']
      const { code, events } = await post.watch([...sources, '--once'])
      expect(events).toContainEqual(expect.objectContaining({ event: 'contained', status: 'complete' }))
      expect(events).toContainEqual(
        expect.objectContaining({ event: 'problem', message: expect.stringContaining('cut short') }),
      )
      expect(events).toContainEqual(
        expect.objectContaining({ event: 'set-aside', reason: expect.stringContaining('holds nothing') }),
      )
      expect(code).toBe(4)
    } finally {
      await post.close()
    }
  },
  LONG,
)
