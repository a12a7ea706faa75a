import { describe, expect, test } from 'vitest'
import type { Signal } from '../../src/model/signal.ts'
import { signalsOf } from '../signals/reader.ts'
import { azureActivity, keyVault } from './azure-resources.ts'
import { type Expected, type RecordCase, TENANT } from './case.ts'
import { cloudtrail } from './cloudtrail.ts'
import { entraAudit, entraRisk, entraSignIn, graphActivity } from './entra.ts'
import { asff, guardduty } from './findings.ts'
import { cloudAudit, scc } from './google.ts'
import { ocsf } from './ocsf.ts'

const FORMATS: { readonly [format: string]: readonly RecordCase[] } = {
  cloudtrail,
  guardduty,
  asff,
  ocsf,
  'cloud-audit': cloudAudit,
  scc,
  'entra-sign-in': entraSignIn,
  'entra-audit': entraAudit,
  'entra-risk': entraRisk,
  'graph-activity': graphActivity,
  'azure-activity': azureActivity,
  'key-vault-audit': keyVault,
}

function shown(signal: Signal | undefined, like: Expected): object {
  const { identity, finding, ...rest } = signal ?? {}
  const all: { [member: string]: unknown } = {
    ...rest,
    ...identity,
    id: identity?.id,
    severity: finding?.severity,
    category: finding?.category,
  }
  return Object.fromEntries(Object.keys(like).map(name => [name, all[name]]))
}

describe.each(Object.entries(FORMATS))('%s', (format, cases) => {
  test('has at least ten records', () => {
    expect(cases.length).toBeGreaterThanOrEqual(10)
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  test.each(cases.map(each => [each.name, each] as const))('%s', async (_, { record, events }) => {
    const { signals, poison } = await signalsOf(JSON.stringify(record), { tenant: TENANT })
    expect(poison).toBeUndefined()
    expect(
      signals.map((signal, index) => shown(signal, events[index] ?? { action: '', outcome: 'success' })),
    ).toEqual(events)
    for (const signal of signals) expect(signal.format).toBe(format)
  })
})
