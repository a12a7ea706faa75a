import { expect, test } from 'vitest'
import type { CaseResult } from '../../src/toolkit/results/drill.ts'
import { caseEndText, caseMomentText, casesEndText } from '../../src/ui/drill.ts'
import { pageOf } from '../../src/ui/page.ts'

const told: CaseResult = {
  case: 3,
  title: 'A key',
  playbook: 'ci-role-outside-window',
  event: { trigger: 'outside', source: 'trail.json', records: 1, why: 'one event', named: ['e1'] },
  run: '7f3k',
  changes: { total: 3, cut: 3, failed: 0 },
  identities: 38,
  settings: 987,
  timings: { plannedMs: 100, firstCutMs: 420, containedMs: 1600, lastAcceptedMs: 1390, restoreMs: 200 },
  clouds: [
    {
      cloud: 'aws',
      changes: { total: 3, cut: 3, failed: 0 },
      thieves: [{ actor: 'thief', callsBefore: 22, acceptedAfterVerified: 0, lastAcceptedAfterMs: 1390 }],
      honest: { workloads: 5, calls: 50, refused: 0 },
      collateral: [],
    },
  ],
  proofs: [],
  checks: [{ what: 'the old key stays off', good: true }],
  rotated: [{ kind: 'access-key', old: 'AKIAOLD', new: 'AKIANEW', place: 'file:/tmp/key' }],
  restore: { identical: true, differences: [] },
  timeline: [],
  passed: true,
}

const page = await pageOf(
  { isTTY: true, columns: 80 },
  { now: '2026-11-22T03:12:41Z', env: { NO_COLOR: '1' } },
)

const widest = (text: string) => Math.max(...text.split('\n').map(line => line.length))

test('the report lists rotated credentials as the only difference', () => {
  const text = caseEndText(told, page)
  expect(text).toContain('✔ access-key AKIAOLD was replaced by AKIANEW')
  expect(text).toContain('✔ estate identical to the start but for what was rotated: 987 settings')
  expect(text).toContain("First cut 0.4 s after the event; the thief's last accepted call after 1.4 s.")
  expect(widest(text)).toBeLessThanOrEqual(80)
  expect(text).not.toContain('✖')
})

test('the report names every failed check, and the rehearsal has failed', () => {
  const [cloud] = told.clouds
  const [thief] = cloud?.thieves ?? []
  const text = caseEndText(
    {
      ...told,
      clouds: [
        {
          cloud: 'aws',
          changes: { total: 3, cut: 3, failed: 0 },
          thieves: thief ? [{ ...thief, acceptedAfterVerified: 2 }] : [],
          honest: { workloads: 5, calls: 50, refused: 1 },
          collateral: [],
        },
      ],
      proofs: [],
      checks: [{ what: 'the old key stays off', good: false }],
      restore: { identical: false, differences: ['aws.users.ci.boundary'] },
      passed: false,
    },
    page,
  )
  expect(text.match(/✖/g)).toHaveLength(4)
  expect(text).toContain('✖ 2 calls of the thief went through after the proof')
  expect(text).toContain('✖ estate differs from the start in aws.users.ci.boundary')
  expect(text).toContain('The rehearsal failed.')
})

test('five lines fit a narrow screen, whole', () => {
  const table = casesEndText([told, { ...told, case: 1, rotated: [], passed: false }], page)
  expect(widest(table)).toBeLessThanOrEqual(80)
  expect(table).toContain('identical, 1 rotated')
  expect(table).not.toContain('…')
  const moment = caseMomentText({ at: 1234, text: `\u001b[31m${'long '.repeat(40)}` }, page)
  expect(moment).toMatch(/^ {2}01\.2 s {2}/)
  expect(widest(moment)).toBeLessThanOrEqual(80)
  expect(moment).not.toContain('\u001b')
})
