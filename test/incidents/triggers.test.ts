import { describe, expect, test } from 'vitest'
import { baselineOf, movedTo, recordsOf } from '../../src/drill/case-records.ts'
import { CASES, type IncidentCase } from '../../src/drill/cases.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { runPlaybookTests } from '../../src/toolkit/playbook-tests.ts'
import { Evaluator } from '../../src/watch/index.ts'
import { reader, signalsOf } from '../signals/reader.ts'
import { shipped } from './shipped.ts'

const SUNDAY_NIGHT = Date.parse('2026-11-22T03:12:41Z')

/** The last case once more, as each of the other clouds tells it. */
const FIFTH = CASES.filter(({ playbook }) => playbook === 'third-party-stop').flatMap(of => [
  { ...of, learned: ['vendor-token-usual.json'], records: 'vendor-token-elsewhere.json' },
  { ...of, learned: ['vendor-sign-in-usual.json'], records: 'vendor-sign-in-elsewhere.json' },
])
const TOLD: readonly IncidentCase[] = [...CASES, ...FIFTH]

const file = (of: IncidentCase) => (of.records === 'gate' ? 'agent-refused.ndjson' : of.records)

async function firings(of: IncidentCase, playbook: Playbook) {
  const { signals, poison } = await signalsOf(await recordsOf(playbook.file, file(of)))
  expect(poison).toBeUndefined()
  const watch = new Evaluator([playbook], { baseline: await baselineOf(playbook.file, of.learned, reader) })
  return signals.flatMap(signal => watch.observe(signal, Date.parse(signal.time)).firings)
}

describe.each(TOLD.map(of => ({ of, name: `${of.playbook}, ${of.records}` })))('$name', ({ of }) => {
  test('its own tests hold', async () => {
    const results = await runPlaybookTests(await shipped(of.playbook), { reader })
    expect(results.filter(({ ok }) => !ok)).toEqual([])
    expect(results.length).toBeGreaterThan(1)
  })

  test('fires once, and not with its trigger, or a rule of it, taken away', async () => {
    const playbook = await shipped(of.playbook)
    const fired = await firings(of, playbook)
    expect(fired).toHaveLength(1)
    const own = playbook.triggers?.find(({ name }) => name === fired[0]?.trigger)
    const needed = [own?.name, ...(own?.correlate?.rules ?? [])]
    for (const gone of playbook.triggers?.filter(({ name }) => needed.includes(name)) ?? []) {
      const triggers = (playbook.triggers ?? [])
        .filter(each => each !== gone)
        // The identity that a rule stood for does not exist any more.
        .filter(({ correlate }) => !correlate?.rules?.includes(gone.name))
      const starts = (await firings(of, { ...playbook, triggers })).filter(
        ({ inputs }) => Object.keys(inputs).length > 0,
      )
      expect(starts, gone.name).toEqual([])
    }
  })

  test('a night, a country, a secret or a network as usual starts nothing', async () => {
    const playbook = await shipped(of.playbook)
    const usual = { 'ci-token-at-night.json': ['ci-token-by-day.json'] }[of.records] ?? of.learned
    const watch = new Evaluator([playbook], { baseline: await baselineOf(playbook.file, of.learned, reader) })
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
    'vendor-token-elsewhere.json': {
      format: 'cloud-audit',
      action: 'iam.serviceAccounts.getAccessToken',
      account: 'northwind-vendor',
      identity: { kind: 'service-account', name: 'agent@northwind-vendor.iam.gserviceaccount.com' },
      details: {
        project: 'acme-shop',
        targetAccount: 'vendor-sync@acme-shop.iam.gserviceaccount.com',
      },
    },
    'vendor-sign-in-elsewhere.json': {
      format: 'entra-sign-in',
      outcome: 'success',
      country: 'RO',
      account: '8b683b98-7802-4b1e-918c-5c3890b5f37b',
      identity: {
        id: 'azure:8b683b98-7802-4b1e-918c-5c3890b5f37b:service-principal/df82af2d-4e89-4a7f-9fbd-bda84fcb2688',
      },
      details: { ownerTenant: 'eec13f51-9cca-4be1-9a7e-d2eef549b0f8' },
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
