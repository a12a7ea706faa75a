import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keyPair } from '../../src/lab/gcp/seed/rsa.ts'
import { awsCase } from '../cases/aws.ts'
import { openCase } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { Desk } from '../hostile/program.ts'

const SHIPPED = fileURLToPath(new URL('../../playbooks/third-party-stop.yaml', import.meta.url))

const INPUTS = [
  'vendor_accounts=998877665544',
  'vendor_projects=northwind-vendor',
  'vendor_issuers=https://id.northwind.example',
  'projects=acme-prod,acme-shop',
].flatMap(each => ['--input', each])

const google = gcpCase()
let opened: Awaited<ReturnType<typeof openCase>>
let desk: Desk
beforeAll(async () => {
  opened = await openCase(google)
})
afterAll(async () => {
  for (const session of opened.sessions) await session.close()
  await opened.lab.close()
})
beforeEach(async () => {
  const amazon = awsCase()
  desk = await Desk.open({
    ...amazon,
    playbook: readFileSync(SHIPPED, 'utf8').replace('  azure: {}\n', ''),
    environment: async (endpoint, folder) => ({
      ...(await google.environment(opened.lab.endpoint, folder)),
      ...(await amazon.environment(endpoint, folder)),
    }),
  })
  return () => desk.close()
})

/** The key file of Google Cloud, as somebody got hold of it. */
function keyFile() {
  const file = join(desk.folder, 'gcp-key.json')
  const key = JSON.parse(readFileSync(file, 'utf8'))
  return {
    put: (change: object) => writeFile(file, JSON.stringify({ ...key, ...change }), { mode: 0o600 }),
  }
}

async function contain() {
  const args = ['contain', desk.playbook, ...INPUTS, '--yes', '--reason', 'breach', '--no-wait', '--json']
  const { code, stdout, stderr } = await desk.interdict(args)
  return { code, stderr, data: JSON.parse(stdout) }
}

/** The journal entries about one cloud. */
function writtenIn(cloud: string, { changes }: { changes: { identity: string; phase: string }[] }) {
  return changes.filter(({ identity, phase }) => identity.startsWith(`${cloud}:`) && phase === 'written')
}

async function resumed(run: string) {
  const { code, stdout } = await desk.interdict(['resume', run, '--no-wait', '--json'])
  return { code, data: JSON.parse(stdout) }
}

describe('a vendor is stopped in two clouds, and one of them cannot be reached', () => {
  it('Google does not know our key: AWS is contained and recorded, and the rest is done later', async () => {
    const seeds = [desk.snapshot(), opened.snapshot()]
    const key = keyFile()
    await key.put({ private_key: keyPair('somebody else').privateKey })
    const { code, data, stderr } = await contain()
    expect(code, stderr).toBe(4)
    expect(data.status).toBe('incomplete')
    expect(writtenIn('aws', data).length).toBeGreaterThan(0)
    expect(writtenIn('gcp', data)).toEqual([])
    expect(data.unreached).toMatchObject([{ cloud: 'gcp', fault: { code: 'not-authenticated' } }])
    expect(desk.snapshot()).not.toEqual(seeds[0])
    expect(opened.snapshot()).toEqual(seeds[1])

    const status = await desk.interdict(['status', data.run, '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({
      open: true,
      status: 'incomplete',
      unreached: [{ cloud: 'gcp' }],
    })
    expect(await resumed(data.run), 'still not').toMatchObject({ code: 4, data: { status: 'incomplete' } })

    await key.put({})
    const whole = await resumed(data.run)
    // Google documents a minute until it enforces what is set, which nobody waits for here.
    expect(whole).toMatchObject({ code: 7, data: { status: 'settling', unreached: [] } })
    expect(writtenIn('gcp', whole.data).length).toBeGreaterThan(0)

    const accept = ['--accept-live-tokens', '--reason', 'over']
    const restored = await desk.interdict(['restore', data.run, '--yes', ...accept, '--json'])
    expect(restored.code, restored.stdout).toBe(0)
    expect([desk.snapshot(), opened.snapshot()]).toEqual(seeds)
  })

  it('Google refuses to list accounts: all else is contained, and the accounts are stopped by a resume', async () => {
    const stopped = ({ changes }: { changes: { identity: string }[] }) =>
      changes.filter(({ identity }) => /^gcp:[^:]+:service-account\//.test(identity))
    const seed = opened.snapshot()
    const fallen = { kind: 'error', code: 'PERMISSION_DENIED', status: 403 } as const
    opened.lab.faults.add({ trouble: fallen, operation: 'iam.projects.serviceAccounts.list', times: 0 })
    const { code, data, stderr } = await contain()
    expect(code, stderr).toBe(4)
    expect(writtenIn('aws', data).length).toBeGreaterThan(0)
    expect(data.unlisted).toContainEqual(
      expect.objectContaining({ cloud: 'gcp', account: 'acme-prod', kinds: ['service-account'] }),
    )
    expect(stopped(data)).toEqual([])
    const still = await resumed(data.run)
    expect(still).toMatchObject({ code: 4, data: { status: 'incomplete' } })
    expect(still.data.unlisted).toEqual(data.unlisted)

    opened.lab.faults.clear()
    const whole = await resumed(data.run)
    expect(whole).toMatchObject({ code: 7, data: { status: 'settling' } })
    expect(whole.data.unlisted).toBeUndefined()
    expect(stopped(whole.data).length).toBeGreaterThan(0)
    const keys = whole.data.changes.map((each: { identity: string; interruption: string }) => {
      return `${each.identity} ${each.interruption}`
    })
    expect(new Set(keys).size).toBe(keys.length)
    const accept = ['--accept-live-tokens', '--reason', 'over']
    const restored = await desk.interdict(['restore', data.run, '--yes', ...accept, '--json'])
    expect(restored.code, restored.stdout).toBe(0)
    expect(opened.snapshot()).toEqual(seed)
  })
})
