import {
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Actors, type Scenario, startActors } from '../../../src/lab/actors/index.ts'
import { LEAKED_KEY, seedEstate } from '../../../src/lab/aws/seed/index.ts'
import { startAwsLab } from '../../aws-lab.ts'

const PolicyName = 'deny-all'
const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'

let lab: Awaited<ReturnType<typeof startAwsLab>>
let iam: IAMClient
let actors: Actors | undefined

beforeEach(async () => {
  lab = await startAwsLab({ estate: () => seedEstate(new Date().toISOString()) })
  iam = new IAMClient({ region: 'us-east-1', endpoint: lab.endpoint, credentials: { ...lab.responder } })
})

afterEach(async () => {
  await actors?.stop()
  iam.destroy()
  await lab.close()
})

const HONEST = ['payments-api', 'orders-worker', 'billing-export']

const scenarios: { [name: string]: Scenario } = {
  'leaked-access-key': {
    thieves: ['leaked-ci-key'],
    honest: [...HONEST, 'metrics-push'],
    collateral: ['ci-pipeline'],
  },
  'ci-role-outside-window': {
    thieves: ['forged-workflow'],
    honest: [...HONEST, 'docs-workflow'],
    collateral: ['deploy-workflow'],
  },
  'third-party-stop': {
    thieves: ['breached-vendor'],
    honest: [...HONEST, 'partner-sync'],
    collateral: ['vendor-nightly'],
  },
}

const contain: { [name: string]: () => Promise<unknown> } = {
  'leaked-access-key': async () => {
    const UserName = 'ci-deploy'
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }))
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: LEAKED_KEY, Status: 'Inactive' }))
  },
  'ci-role-outside-window': () =>
    iam.send(new PutRolePolicyCommand({ RoleName: 'github-deployer', PolicyName, PolicyDocument })),
  'third-party-stop': async () => {
    await iam.send(new PutRolePolicyCommand({ RoleName: 'vendor-sync', PolicyName, PolicyDocument }))
    // It has no room for a policy more: what it has makes way.
    const fill = { RoleName: 'vendor-legacy', PolicyName: 'grown-over-years', PolicyDocument }
    await iam.send(new PutRolePolicyCommand(fill))
  },
}

describe.each(Object.entries(scenarios))('%s', (name, scenario) => {
  it('everybody gets through; then the thief is stopped in every way, and the honest ones are not', async () => {
    actors = await startActors({ endpoint: lab.endpoint, scenario })
    const { honest, collateral } = scenario
    const [thief = ''] = scenario.thieves
    await actors.waitForAccepted(thief, 20)
    for (const other of [...honest, ...collateral]) await actors.waitForAccepted(other, 1)
    expect(actors.report().filter(({ refused }) => refused > 0)).toEqual([])

    const contained = performance.now()
    await contain[name]?.()
    let since: number
    do {
      since = performance.now()
      await actors.waitForCalls(thief, 20)
    } while (actors.report(since).some(({ actor, accepted }) => actor === thief && accepted > 0))
    for (const other of honest) await actors.waitForAccepted(other, 2)
    for (const other of collateral) await actors.waitForCalls(other, 1)
    await actors.stop()

    const after = new Map(actors.report(contained).map(line => [line.actor, line]))
    for (const other of honest)
      expect(after.get(other)).toMatchObject({ part: 'honest', refused: 0, errors: {} })
    for (const other of collateral) expect(after.get(other)?.refused).toBeGreaterThan(0)
    expect(after.get(thief)?.lastAcceptedAt ?? 0).toBeLessThan(since)
    const ways = new Set(
      actors
        .calls()
        .filter(({ actor, at }) => actor === thief && at >= since)
        .map(({ way }) => way),
    )
    expect(ways.size).toBe(
      new Set(
        actors
          .calls()
          .filter(({ actor }) => actor === thief)
          .map(({ way }) => way),
      ).size,
    )
  }, 30_000)
})
