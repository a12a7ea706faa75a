import { describe, expect, test } from 'vitest'
import { baselineOf, movedTo, recordsOf } from '../../src/drill/case-records.ts'
import { CASES } from '../../src/drill/cases.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { signalsOf } from '../../src/signals/index.ts'
import { Evaluator } from '../../src/watch/index.ts'
import { runPlaybookTests } from '../../src/wiring/playbook-test.ts'
import { shipped } from './shipped.ts'

const SUNDAY_NIGHT = Date.parse('2026-11-22T03:12:41Z')

const file = (of: (typeof CASES)[number]) => (of.records === 'gate' ? 'agent-refused.ndjson' : of.records)

async function firings(of: (typeof CASES)[number], playbook: Playbook) {
  const { signals, poison } = await signalsOf(await recordsOf(playbook.file, file(of)))
  expect(poison).toBeUndefined()
  const watch = new Evaluator([playbook], { baseline: await baselineOf(playbook.file, of.learned) })
  return signals.flatMap(signal => watch.observe(signal, Date.parse(signal.time)).firings)
}

describe.each(CASES.map(of => ({ of, name: of.playbook })))('$name', ({ of }) => {
  test('its own tests hold', async () => {
    const results = await runPlaybookTests(await shipped(of.playbook))
    expect(results.filter(({ ok }) => !ok)).toEqual([])
    expect(results.length).toBeGreaterThan(1)
  })

  test('fires once, and not with any one of its triggers taken away', async () => {
    const playbook = await shipped(of.playbook)
    expect(await firings(of, playbook)).toHaveLength(1)
    for (const gone of playbook.triggers ?? []) {
      const triggers = (playbook.triggers ?? [])
        .filter(each => each !== gone)
        // What a rule stood for is nobody's any more.
        .filter(({ correlate }) => !correlate?.rules?.includes(gone.name))
      const fired = await firings(of, { ...playbook, triggers })
      const starts = fired.filter(({ inputs }) => Object.keys(inputs).length > 0)
      expect(starts, gone.name).toEqual([])
    }
  })

  test('a night, a country, a secret or a network as usual starts nothing', async () => {
    const playbook = await shipped(of.playbook)
    const usual = { 'ci-token-at-night.json': ['ci-token-by-day.json'] }[of.records] ?? of.learned
    const watch = new Evaluator([playbook], { baseline: await baselineOf(playbook.file, of.learned) })
    for (const name of usual) {
      const { signals } = await signalsOf(await recordsOf(playbook.file, name))
      expect(signals.length).toBeGreaterThan(0)
      for (const signal of signals) expect(watch.observe(signal, Date.parse(signal.time)).firings).toEqual([])
    }
  })
})

describe('the records are in the format that they say, and name who is to be stopped', () => {
  const who: { [file: string]: object } = {
    'ci-token-at-night.json': {
      format: 'cloudtrail',
      action: 'sts:AssumeRoleWithWebIdentity',
      identity: { id: 'aws:111122223333:role/github-deployer', uid: 'AROAAFE4P7NLC5ES3P7S' },
      details: { subject: 'repo:acme/shop:pull_request' },
    },
    'ci-account-token-at-night.json': {
      format: 'cloud-audit',
      action: 'iam.serviceAccounts.getAccessToken',
      identity: { id: 'gcp:acme-prod:service-account/ci-deployer@acme-prod.iam.gserviceaccount.com' },
      details: { pool: 'github', subject: 'repo:acme/shop:pull_request' },
    },
    'agent-refused.ndjson': { format: 'gate', cloud: 'agent', outcome: 'denied' },
    'key-abroad.ndjson': {
      format: 'cloudtrail',
      outcome: 'denied',
      identity: { id: 'aws:111122223333:user/billing-export', credential: 'AKIAXHVPLLVPRMD44DZ6' },
    },
    'secret-never-read.json': {
      format: 'cloud-audit',
      action: 'secretmanager.versions.access',
      resource: 'projects/acme-prod/secrets/payroll-db-root',
      identity: { id: 'gcp:acme-prod:service-account/checkout@acme-prod.iam.gserviceaccount.com' },
    },
    'vendor-elsewhere.json': {
      format: 'cloudtrail',
      action: 'sts:AssumeRole',
      identity: { id: 'aws:111122223333:role/vendor-sync', uid: 'AROAB6YTNRHUGSWH4HJH' },
      details: { callerAccount: '998877665544', userType: 'AWSAccount' },
    },
  }
  test.each(Object.entries(who))('%s', async (name, expected) => {
    const { signals, poison } = await signalsOf(await recordsOf('playbooks/any.yaml', name))
    expect(poison).toBeUndefined()
    expect(signals[0]).toMatchObject(expected)
  })

  test('GuardDuty says from where', async () => {
    const { signals } = await signalsOf(await recordsOf('playbooks/any.yaml', 'key-abroad.ndjson'))
    expect(signals.at(-1)).toMatchObject({
      format: 'guardduty',
      country: 'BR',
      identity: { id: 'aws:111122223333:user/billing-export', credential: 'AKIAXHVPLLVPRMD44DZ6' },
    })
  })
})

describe('records of a rehearsal are of now', () => {
  const text = '{"eventTime":"2026-11-20T03:12:41Z","more":{"at":"2026-11-20T03:12:40.250Z"}}'

  test('the newest is now, and the others keep their distance', () => {
    expect(movedTo(text, SUNDAY_NIGHT, false)).toBe(
      '{"eventTime":"2026-11-22T03:12:41.000Z","more":{"at":"2026-11-22T03:12:40.250Z"}}',
    )
  })

  test('by whole weeks where the hour matters, and never ahead', () => {
    expect(movedTo(text, SUNDAY_NIGHT, true)).toContain('"eventTime":"2026-11-20T03:12:41.000Z"')
    expect(movedTo(text, SUNDAY_NIGHT + 30 * 86_400_000, true)).toContain('"eventTime":"2026-12-18T03:12:41')
  })
})
