import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { clouds as known } from '../../src/clouds/index.ts'
import { runCase } from '../../src/drill/case.ts'
import { CASES, type IncidentCase } from '../../src/drill/cases.ts'
import { REAL } from '../../src/model/timing.ts'
import { isWhole } from '../setup/whole.ts'
import { providers, shipped, withoutTriggers } from './shipped.ts'

/** The first case once more, where the pipeline deploys to Google Cloud. */
const ON_GOOGLE: IncidentCase = {
  number: 1,
  title: 'A CI service account gets a token outside its deployment window',
  playbook: 'ci-account-outside-window',
  learned: [],
  records: 'ci-account-token-at-night.json',
  weekly: true,
  scenario: {
    thieves: ['forged-workflow-gcp'],
    honest: ['checkout', 'payments', 'orders', 'metrics-writer', 'github-docs', 'nightly-etl'],
    collateral: ['github-deploy'],
  },
  ending: 'restore',
}

/** Milliseconds; a machine that has other work takes its time. */
const PATIENCE = 100_000

/**
 * One case for each way of ending and for each cloud; the others in a whole run. program.test.ts runs the others by commands.
 */
const TRIED = isWhole ? [...CASES, ON_GOOGLE] : CASES.filter(({ number }) => [2, 3, 5].includes(number))

describe('the five cases, from a record in the log to the restore', () => {
  test.each(TRIED.map(of => ({ of, name: `${of.number} ${of.playbook}` })))('$name', async ({ of }) => {
    const playbook = await shipped(of.playbook)
    const report = await runCase({
      of,
      playbook,
      clouds: known,
      providers,
      tool: 'test',
      timing: REAL,
      patience: PATIENCE,
    })
    const { checks, clouds, restore, timings, event, rotated } = report
    expect(checks.filter(({ good }) => !good)).toEqual([])
    expect(restore).toEqual({ identical: true, differences: [] })
    expect(clouds.map(({ cloud }) => cloud)).toEqual(Object.keys(playbook.scope))
    for (const { honest, thieves } of clouds) {
      expect(honest.refused).toBe(0)
      expect(honest.calls).toBeGreaterThan(honest.workloads)
      // Each cloud that the playbook reaches into has somebody to stop.
      expect(thieves).toHaveLength(1)
      for (const thief of thieves) {
        expect(thief).toMatchObject({ acceptedAfterVerified: 0 })
        expect(thief.callsBefore).toBeGreaterThanOrEqual(20)
      }
    }
    const workloads = clouds.reduce((sum, { honest }) => sum + honest.workloads, 0)
    expect(workloads).toBe(of.scenario.honest.length)
    expect(report.passed).toBe(true)
    expect(timings.plannedMs).toBeGreaterThan(0)
    expect(timings.firstCutMs).toBeGreaterThanOrEqual(timings.plannedMs)
    expect(timings.containedMs).toBeGreaterThanOrEqual(timings.firstCutMs)
    expect(playbook.triggers?.map(({ name }) => name)).toContain(event.trigger)
    // The journal names the events that caused the run, by the ids that they have in the log.
    expect(event.named.length).toBeGreaterThan(0)
    if (of.records !== 'gate') {
      const records = await readFile(`playbooks/records/${of.records}`, 'utf8')
      for (const id of event.named) expect(records).toContain(idIn(id))
    }
    expect(rotated).toHaveLength(of.ending === 'rotate' ? 1 : 0)
  })

  test('without its triggers nothing starts, and nothing is touched', async () => {
    const [of] = CASES
    if (!of) throw new Error('there are cases')
    const playbook = await shipped(of.playbook, withoutTriggers)
    expect(playbook.triggers).toEqual([])
    const began = runCase({
      of,
      playbook,
      clouds: known,
      providers,
      tool: 'test',
      timing: REAL,
      patience: 2_000,
    })
    await expect(began).rejects.toThrow('no trigger fired')
  })
})

/** The log's name for it: a finding's id is followed by its state, an audit log's by its time. */
function idIn(id: string): string | undefined {
  return id.split(/[/ ]/)[0]
}
