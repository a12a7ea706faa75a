import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openSeals } from '../../src/journal/seals.ts'
import { type Ended, KEY, Post, refusal } from './program.ts'

const LONG = 900_000
const SOURCE = ['--source', 'file:log', '--once']

async function atPost(mode: 'act' | 'propose', work: (post: Post) => Promise<void>): Promise<void> {
  const post = await Post.open(mode)
  try {
    await writeFile(post.path('log'), [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
    await work(post)
  } finally {
    await post.close()
  }
}

/** The line that a watch writes to its log when a trigger fires, as somebody who knows the format would write it. */
const FIRED = JSON.stringify({
  type: 'fired',
  at: '2026-01-01T00:00:00.000Z',
  fired: {
    ...{
      id: 'forged',
      playbook: 'key-abused',
      trigger: 'refused',
      mode: 'act',
      group: {},
      events: ['x'],
      count: 3,
    },
    ...{ time: '2026-01-01T00:00:00.000Z', why: 'because', inputs: { key: KEY }, cloud: 'aws' },
    identity: { name: 'ci' },
  },
  cause: { key: 'forged', trigger: 'refused', events: ['x'], count: 3, why: 'because', signals: [] },
})

function expectRefusal(ended: Ended, message: RegExp): void {
  expect(ended, ended.stderr).toMatchObject({ code: 5, events: [] })
  expect(`${ended.stdout}${ended.stderr}`).toMatch(message)
  expect(`${ended.stdout}${ended.stderr}`).toContain('--trust-state')
  expect(ended.stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m)
}

it(
  'a watch contains nothing for a line that somebody added to its log, and goes on once the file is set aside',
  () =>
    atPost('act', async post => {
      const watch = post.path('state/watch')
      await writeFile(post.path('empty'), '')
      const quiet = ['--source', 'file:empty', '--once']
      await mkdir(watch, { recursive: true, mode: 0o700 })
      // Before anything was written there, as an older version wrote it, and after.
      await writeFile(join(watch, 'firings.jsonl'), `${FIRED}\n`, { mode: 0o600 })
      expectRefusal(await post.watch(quiet), /not sealed/)
      const trusted = await post.watch([...quiet, '--trust-state'])
      expect(trusted, trusted.stderr).toMatchObject({ code: 0, events: [] })
      expect(trusted.stderr).toContain('firings.jsonl.refused-1')
      expect((await post.watch(SOURCE)).events.map(({ event }) => event)).toEqual(['fired', 'contained'])
      await appendFile(join(watch, 'firings.jsonl'), `${FIRED}\n`)
      expectRefusal(await post.watch(quiet), /not sealed/)
      expect(await post.runs()).toHaveLength(1)
      expect((await post.watch([...SOURCE, '--trust-state'])).code).toBe(0)
      expect(await post.runs()).toHaveLength(1)
      expect((await post.watch(SOURCE)).events).toEqual([])
    }),
  LONG,
)

it(
  'a watch refuses a baseline, a memory and a log that are forged, older or missing',
  () =>
    atPost('act', async post => {
      const watch = post.path('state/watch')
      expect((await post.watch([...SOURCE, '--learn'])).code).toBe(0)
      const baseline = join(watch, 'baseline.json')
      const learned = await readFile(baseline, 'utf8')
      await writeFile(baseline, learned.replace('203.0.113.0/24', '198.51.100.0/24'))
      expectRefusal(await post.watch(SOURCE), /baseline\.json/)
      expectRefusal(await post.watch([...SOURCE, '--learn']), /baseline\.json/)
      await writeFile(baseline, '{"version":1,"identities":[]}\n')
      expectRefusal(await post.watch(SOURCE), /not sealed/)
      await writeFile(baseline, learned)
      expect((await post.watch(SOURCE)).events.map(({ event }) => event)).toEqual(['fired', 'contained'])
      for (const name of ['state.json', 'state.jsonl', 'firings.jsonl']) {
        const path = join(watch, name)
        const older = await readFile(path)
        await appendFile(post.path('log'), `${refusal(`${name}-1`, 'AKIAI44QH8DHBEXAMPLE')}\n`)
        expect((await post.watch(SOURCE)).code).toBe(0)
        const newest = await readFile(path)
        await writeFile(path, older)
        expectRefusal(await post.watch(SOURCE), new RegExp(name.replace('.', '\\.')))
        await rm(path)
        expectRefusal(await post.watch(SOURCE), /missing/)
        await writeFile(path, newest)
      }
      expect((await post.watch(SOURCE)).events).toEqual([])
      expect(await post.runs()).toHaveLength(1)
    }),
  LONG,
)

it(
  'a proposal that was replaced is not carried out, and the genuine one is with its digest',
  () =>
    atPost('propose', async post => {
      const { events } = await post.watch(SOURCE)
      const proposed = events.find(({ event }) => event === 'proposed')
      const file = String(proposed?.['plan'])
      const genuine = await readFile(file, 'utf8')
      const { digest, run, cause } = JSON.parse(genuine)
      expect(proposed).toMatchObject({
        digest,
        command: `interdict contain ${file} --digest ${digest} --lab`,
      })
      const contain = (...more: string[]) => post.run(['contain', file, '--yes', ...more])
      // A plan of another playbook over everything, with the run and the cause of the proposal.
      await writeFile(post.path('wide.yaml'), WIDE)
      expect(await post.run(['plan', 'wide.yaml', '--out', 'wide.json'])).toMatchObject({ code: 0 })
      const wide = JSON.parse(await readFile(post.path('wide.json'), 'utf8'))
      for (const forged of [
        { ...wide, run, cause },
        wide,
        { ...wide, run, cause, seal: JSON.parse(genuine).seal },
      ]) {
        await writeFile(file, JSON.stringify(forged))
        for (const more of [[], ['--digest', digest]]) {
          const ended = await contain(...more)
          expect(ended, ended.stderr).toMatchObject({ code: 5 })
          expect(ended.stdout).toContain('"tampered"')
        }
      }
      expect(await post.runs()).toEqual([])
      await writeFile(file, genuine)
      expect((await contain('--digest', `sha256:${'0'.repeat(64)}`)).code).toBe(5)
      expect((await contain('--digest', 'latest')).code).toBe(2)
      expect((await contain('--digest', digest)).code).toBe(0)
      const [held] = await post.runs()
      expect(held && 'state' in held && held.state.plan).toMatchObject({ run, approval: digest })
      expect((await contain()).code).toBe(3)
      // Elsewhere, and after the run is gone from sight, it was answered all the same.
      await copyFile(file, post.path('again.json'))
      await rm(post.path(`state/runs/${run}.jsonl`))
      expect((await post.run(['contain', 'again.json', '--yes'])).code).not.toBe(0)
      expect(await readdir(post.path('state/runs'))).toEqual([])
    }),
  LONG,
)

const WIDE = `version: 1
name: wide
title: Everything
status: experimental
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 100, share: 1 }
ttl: 4h
steps:
  - name: all
    select: identity.kind == "access-key"
    interrupt: [disable]
`

it(
  'a watch refuses a log that was written for another state folder',
  () =>
    atPost('act', async post => {
      const other = openSeals({ state: post.path('other'), config: post.path('config') })
      const log = (await other.folder('watch')).log('firings.jsonl')
      await log.open()
      await log.append(JSON.parse(FIRED))
      await log.close()
      await mkdir(post.path('state/watch'), { recursive: true, mode: 0o700 })
      await copyFile(post.path('other/watch/firings.jsonl'), post.path('state/watch/firings.jsonl'))
      expectRefusal(await post.watch(SOURCE), /not sealed by this machine/)
      expect(await post.runs()).toEqual([])
    }),
  LONG,
)
