import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { IAMClient } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import type { AwsClient } from '../../src/clouds/aws/client.ts'
import { aws } from '../../src/clouds/aws/provider.ts'
import { GUARD_ROLE, seedEstate } from '../../src/lab/aws/seed/index.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { startAwsLab } from '../aws-lab.ts'
import { firstMoves, lookAtMoves, undoMoves } from '../lab/aws/first-moves.ts'
import { everything } from './everything.ts'

const JUDGE = fileURLToPath(new URL('./judge.py', import.meta.url))

/** The operations of Organizations that the provider does not call. */
async function everyOrganizationOperation(endpoint: string, session: Session<AwsClient>): Promise<void> {
  const { guard } = session.client
  if (guard === undefined || 'because' in guard) throw new Error(`no guard at ${endpoint}`)
  const call = guard.client.organizations
  const { Roots = [] } = await call('ListRoots', {})
  const ParentId = Roots[0]?.Id ?? ''
  await call('ListAccounts', {})
  await call('ListOrganizationalUnitsForParent', { ParentId })
  await call('ListAccountsForParent', { ParentId })
  await call('ListParents', { ChildId: session.account })
  await call('ListDelegatedAdministrators', {})
  const { Policies = [] } = await call('ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' })
  await call('ListTargetsForPolicy', { PolicyId: Policies[0]?.Id ?? '' })
  const refused = [
    call('ListTargetsForPolicy', { PolicyId: 'p-nowhere00' }),
    call('ListPoliciesForTarget', { TargetId: '222233334444', Filter: 'SERVICE_CONTROL_POLICY' }),
    call('DeletePolicy', { PolicyId: Policies[0]?.Id ?? '' }),
    call('AttachPolicy', { PolicyId: Policies[0]?.Id ?? '', TargetId: session.account }),
    call('DetachPolicy', { PolicyId: Policies[0]?.Id ?? '', TargetId: ParentId }),
    call('CreatePolicy', {
      Name: 'broken',
      Description: '',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: '{}',
    }),
    session.client.organizations('ListAccounts', {}),
  ]
  for (const each of await Promise.allSettled(refused)) expect(each.status).toBe('rejected')
}

test("botocore's models accept every request of ours and every answer of the lab", {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interdict-spec-'))
  const file = join(folder, 'exchanges.ndjson')
  const out = createWriteStream(file)
  const lab = await startAwsLab({
    estate: () => seedEstate(new Date().toISOString()),
    record: exchange => void out.write(`${JSON.stringify(exchange)}\n`),
  })
  try {
    const { sessions, unreached } = await aws.connect({
      timing: REAL,
      scope: { accounts: ['self'], guard: { roleArn: GUARD_ROLE } },
      lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
    })
    expect(unreached).toEqual([])
    const [session] = sessions
    if (!session) throw new Error('the lab does not let us in')
    await everyOrganizationOperation(lab.endpoint, session)
    // As long as the real one, since the ids of AWS have a length.
    const cut = await everything(aws, session, name => `gone${name.slice(4)}`)
    expect([...cut].sort(), 'every interruption was tried').toEqual(
      aws.interruptions.map(({ id }) => id).sort(),
    )
    const thief = new IAMClient({
      endpoint: lab.endpoint,
      region: 'us-east-1',
      credentials: { ...lab.responder },
    })
    const made = await firstMoves(thief)
    await lookAtMoves(thief, made)
    await undoMoves(thief, made)
    out.end()
    await finished(out)
    const python = process.env.INTERDICT_TEST_PYTHON
    if (!python) throw new Error('run this suite with: npm run test:moto')
    const { status, stdout, stderr } = spawnSync(python, [JUDGE, file], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    expect(status, `${stdout}${stderr}`).toBe(0)
  } finally {
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  }
})
