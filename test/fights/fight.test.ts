import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { runDrill } from '../../src/drill/drill.ts'
import { HELPER } from '../../src/lab/azure/seed/armed.ts'
import { appId } from '../../src/lab/azure/seed/ids.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import { REAL } from '../../src/model/timing.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import type { DrillResult } from '../../src/toolkit/results/drill.ts'
import { isWhole } from '../setup/whole.ts'

const providers = await providersOf()

/** A thief who looks every 0.3 s, in a cloud that enforces a change after 1 s. */
async function fight(
  name: string,
  { seed, helper = false, change }: { seed: number; helper?: boolean; change?: (text: string) => string },
) {
  const file = `playbooks/${name}.yaml`
  const text = await readFile(file, 'utf8')
  const playbook = parsePlaybook(change?.(text) ?? text, file, catalogOf(providers))
  const request = { propagationMs: 1000, periodMs: 300, seed, helper }
  const report = await runDrill({ playbook, providers, tool: 'test', timing: REAL, fight: request })
  if (!report.fight) throw new Error('no fight was reported')
  return { report, fight: report.fight }
}

/** Holds for every fight, whoever wins it. */
function expectNobodyElseWasHurt({ clouds }: DrillResult) {
  for (const { honest, thieves, restore } of clouds) {
    expect(thieves.every(({ callsBefore }) => callsBefore > 0)).toBe(true)
    expect(honest.calls).toBeGreaterThan(honest.workloads)
    expect(honest.refused).toBe(0)
    expect(restore).toEqual({ identical: true, differences: [] })
  }
}

describe('a thief who undoes what is done to it', () => {
  test('loses a user of AWS, and the run is not complete while its calls are accepted', async () => {
    const { report, fight: came } = await fight('leaked-access-key', { seed: 1 })
    expect(came.undone).toBeGreaterThan(0)
    expect(came.acceptedAfterComplete).toBe(0)
    expect(came.winner).toBe('responder')
    expectNobodyElseWasHurt(report)
  })

  // A user fights in the same way.
  if (isWhole) {
    test('loses a role of AWS, and the run is not complete while its calls are accepted', async () => {
      const { report, fight: came } = await fight('ci-role-outside-window', { seed: 1 })
      expect(came.undone).toBeGreaterThan(0)
      expect(came.acceptedAfterComplete).toBe(0)
      expect(came.winner).toBe('responder')
      expectNobodyElseWasHurt(report)
    })
  }

  // A thief with a helper does all that one without does.
  if (isWhole) {
    test('loses a service account of Google Cloud that owns the project', async () => {
      const { report, fight: came } = await fight('leaked-service-account-key', { seed: 1 })
      expect(came.acceptedAfterComplete).toBe(0)
      expect(came.winner).toBe('responder')
      expectNobodyElseWasHurt(report)
    })

    test('loses an application of Azure everywhere but at Microsoft Graph', async () => {
      const { report, fight: came } = await fight('oauth-app-consent-abuse', { seed: 1 })
      expect(came.undone).toBeGreaterThan(0)
      expect(came.acceptedAfterComplete).toBe(0)
      expect(came.winner).toBe('responder')
      expectNobodyElseWasHurt(report)
    })
  }

  test('loses a service account of Google Cloud that owns the project, and another owner that helps', async () => {
    const { report, fight: came } = await fight('leaked-service-account-key', { seed: 2, helper: true })
    expect(came.made).toEqual([
      expect.stringContaining('roles/iam.serviceAccountTokenCreator on etl-legacy@'),
    ])
    expect(came.acceptedAfterComplete).toBe(0)
    expect(came.winner).toBe('responder')
    expectNobodyElseWasHurt(report)
  })

  test('loses both of its applications of Azure when one run contains them', async () => {
    const change = (text: string) =>
      text
        .replaceAll('identity.appId == inputs.app', `identity.appId in [inputs.app, "${appId(HELPER)}"]`)
        .replace('limit: { identities: 2,', 'limit: { identities: 4,')
    const { report, fight: came } = await fight('oauth-app-consent-abuse', { seed: 1, helper: true, change })
    expect(came.helperContained).toBe(true)
    expect(came.acceptedAfterComplete).toBe(0)
    expect(came.winner).toBe('responder')
    expectNobodyElseWasHurt(report)
  })
})
