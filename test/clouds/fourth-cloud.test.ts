import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { clouds, recordReader } from '../../src/clouds/index.ts'
import { REAL } from '../../src/model/timing.ts'
import { openSource, sourceForms } from '../../src/sources/index.ts'
import { accountWord, cloudTitle } from '../../src/toolkit/cloud-title.ts'
import { containPlaybook, planContainment } from '../../src/toolkit/contain.ts'
import { hostOf } from '../../src/toolkit/host.ts'
import { restoreRun } from '../../src/toolkit/restore.ts'
import { verifyRun } from '../../src/toolkit/verify.ts'
import { formattedSource } from '../../src/toolkit/watch/source-formats.ts'
import { toyCloud } from './toy/cloud.ts'
import { Town } from './toy/town.ts'

const PLAYBOOK = `version: 1
name: stolen-badge
title: Switch a stolen badge off
status: test
severity: high
inputs:
  badge: { type: string, description: badge }
scope:
  toy: {}
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the badge
    select: identity.kind == "badge" && identity.name == inputs.badge
    interrupt: [disable]
`

const folder = fileURLToPath(new URL('toy/', import.meta.url))
const src = fileURLToPath(new URL('../../src/', import.meta.url))

const filesOf = (of: string) =>
  readdirSync(of, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.ts'))
    .sort()

/** Files of a folder with this name in them. */
const filesThatSay = (name: string, of = folder) =>
  filesOf(of).filter(file => new RegExp(`\\b${name}\\b`).test(readFileSync(join(of, file), 'utf8')))

/** How often a name stands in the list of a file, its import left out. */
const entriesOf = (file: string, name: string) =>
  readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter(line => !line.startsWith('import') && line.includes(name)).length

const linesOf = (file: string) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').length

describe('a fourth cloud is one folder, handed in with the list', () => {
  const town = new Town()
  const all = [...clouds, toyCloud(town)]

  test('is planned, contained, verified and restored by the toolkit, under its title', async () => {
    const at = mkdtempSync(join(tmpdir(), 'interdict-toy-'))
    const playbook = join(at, 'stolen-badge.yaml')
    writeFileSync(playbook, PLAYBOOK)
    const host = await hostOf({
      folders: { state: join(at, 'state'), config: join(at, 'config') },
      clouds: [toyCloud(town)],
      answer: question => (question.type === 'contain' || question.type === 'restore' ? true : undefined),
    })
    const subject = { subject: playbook, inputs: { badge: 'mara' } }
    const plan = await planContainment(host, subject)
    expect(plan.changes.map(({ interruption }) => interruption)).toEqual(['toy.badge.disable'])
    expect(town.writes).toBe(0)

    const contained = await containPlaybook(host, { ...subject, reason: 'stolen' })
    if (contained.outcome !== 'run') throw new Error(contained.outcome)
    const { run } = contained.state
    expect(contained.state.finished).toBe('complete')
    expect([...town.badges]).toEqual([
      ['mara', false],
      ['odo', true],
    ])
    expect((await verifyRun(host, run, {})).state.finished).toBe('complete')

    const request = {
      reason: 'found',
      only: [],
      keepClock: true,
      dryRun: false,
      stepDown: false,
      acceptLiveTokens: false,
    }
    expect((await restoreRun(host, run, request)).outcome).toBe('restored')
    expect(town.badges.get('mara')).toBe(true)
    expect(cloudTitle('toy')).toBe('Toy Town')
    expect(accountWord('toy')).toBe('town')
  })

  test('has its log read, and its queue opened', async () => {
    const reader = await recordReader(all)
    const queues = all.flatMap(each => each.queues ?? [])
    expect(sourceForms(queues)).toMatch(/ or bell:TOWER$/)
    const context = { reader, mappings: [], tokens: false, state: folder }
    expect([...formattedSource('bell:north', context).from.formats]).toEqual(['door-log'])
    expect([...formattedSource('toy@file:x', context).from.formats]).toEqual(['door-log'])

    town.messages.push(
      JSON.stringify({ door: 'vault', badge: 'mara', at: '2026-11-23T10:00:00Z', let: false }),
    )
    const { source: named, from } = formattedSource('bell:north', context)
    const source = await openSource(named, {
      timing: REAL,
      once: true,
      follow: false,
      tell: () => undefined,
      positions: {},
      input: Readable.from([]),
      environment: {},
      queues,
    })
    const found = []
    for await (const batch of source.batches(new AbortController().signal)) {
      for (const { record } of batch.records)
        found.push(...(await reader.signalsOf(record, { from })).signals)
      await batch.ack()
    }
    await source.close()
    expect(found).toMatchObject([
      { cloud: 'toy', account: 'town', identity: { id: 'toy:town:badge/mara' }, outcome: 'denied' },
    ])
  })

  test('costs one folder of at most 250 lines, one place in the list, and no file of src', () => {
    expect(filesOf(folder).reduce((sum, file) => sum + linesOf(file), 0)).toBeLessThanOrEqual(250)
    expect(filesThatSay('toyCloud')).toEqual(['cloud.ts'])
    expect(filesThatSay('toy', src)).toEqual([])
  })

  test('gets an on/off lens for one file of at most 30 lines and one line of a list', () => {
    expect(filesThatSay('badgeDisable')).toEqual(['interruptions/badge-disable.ts', 'interruptions/index.ts'])
    expect(linesOf('interruptions/badge-disable.ts')).toBeLessThanOrEqual(30)
    expect(entriesOf('interruptions/index.ts', 'badgeDisable')).toBe(1)
  })

  test('gets a log format for one file of at most 30 lines and one line of a list', () => {
    expect(filesThatSay('doorLog')).toEqual(['formats/door-log.ts', 'formats/index.ts'])
    expect(linesOf('formats/door-log.ts')).toBeLessThanOrEqual(30)
    expect(entriesOf('formats/index.ts', 'doorLog')).toBe(1)
  })
})
