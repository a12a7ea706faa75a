import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam'
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  ListAccountsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VENDOR_PLAYBOOK } from '../cases/aws-members.ts'
import { checked } from '../results.ts'
import { endpoint } from './server.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const ACCOUNTS = 50
/** moto makes some three hundred things one after the other, and answers on one core. */
const PATIENCE = 900_000
const ROLE = 'interdict-responder'
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
})

const options = () => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'seed', secretAccessKey: 'seed' },
})

let folder: string
/** All accounts but moto's own, from which the organization is run. */
let members: string[]
let locked: string
let environment: { [name: string]: string }
let door: Awaited<ReturnType<typeof doorOf>> | undefined

/** An organization of fifty accounts; in each member the vendor's role, a user and the role by which we enter. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-moto-'))
  await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' })
  const organizations = new OrganizationsClient(options())
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }))
  members = []
  for (let nth = 1; nth < ACCOUNTS; nth += 1) {
    const name = `acme-${nth}`
    const created = await organizations.send(
      new CreateAccountCommand({ AccountName: name, Email: `${name}@acme.example` }),
    )
    members.push(created.CreateAccountStatus?.AccountId ?? '')
  }
  for (const account of members) await seedMember(account)
  locked = members[6] ?? ''
  const own = new IAMClient(options())
  await own.send(new CreateUserCommand({ UserName: 'responder' }))
  const { AccessKey } = await own.send(new CreateAccessKeyCommand({ UserName: 'responder' }))
  door = await doorOf(endpoint, () => locked)
  environment = {
    AWS_ENDPOINT_URL: door.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
  }
  await writeFile(join(folder, 'playbook.yaml'), VENDOR_PLAYBOOK)
}, PATIENCE)

afterEach(async () => {
  await door?.close()
  await rm(folder, { recursive: true, force: true })
})

async function inside(account: string): Promise<IAMClient> {
  const { Credentials } = await new STSClient(options()).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${ROLE}`, RoleSessionName: 'seed' }),
  )
  return new IAMClient({
    ...options(),
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  })
}

async function seedMember(account: string): Promise<void> {
  const iam = await inside(account)
  for (const RoleName of [ROLE, 'vendor-sync'])
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }))
  await iam.send(new CreateUserCommand({ UserName: 'deploy' }))
  await iam.send(new CreateAccessKeyCommand({ UserName: 'deploy' }))
  iam.destroy()
}

/** moto enforces no trust policy: what stands before it refuses one role, as STS does. */
async function doorOf(target: string, refused: () => string) {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', chunk => chunks.push(chunk))
    incoming.once('end', () => {
      const body = Buffer.concat(chunks)
      const asked = new URLSearchParams(body.toString())
      if (asked.get('Action') === 'AssumeRole' && asked.get('RoleArn')?.includes(`::${refused()}:`)) {
        outgoing.writeHead(403, { 'content-type': 'text/xml' })
        outgoing.end(
          '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>' +
            `<Message>User is not authorized to perform: sts:AssumeRole on resource: ${asked.get('RoleArn')}</Message></Error></ErrorResponse>`,
        )
        return
      }
      const { method, url, headers } = incoming
      const forth = request({ hostname, port, method, path: url, headers }, answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      forth.once('error', () => outgoing.destroy())
      forth.end(body)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

function interdict(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      INTERDICT_STATE: join(folder, 'state'),
      INTERDICT_CONFIG: join(folder, 'config'),
      AWS_EC2_METADATA_DISABLED: 'true',
      NO_COLOR: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outcome = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    outcome.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    outcome.stderr += chunk
  })
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ ...outcome, code }))
  }).then(ended => checked(args, ended))
}

/** Accounts whose vendor's role has an inline policy. */
async function denied(): Promise<string[]> {
  const found = await Promise.all(
    members.map(async account => {
      const iam = await inside(account)
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'vendor-sync' }))
      iam.destroy()
      return PolicyNames.length > 0 ? [account] : []
    }),
  )
  return found.flat()
}

test('fifty accounts are listed, planned, contained and restored by flags alone; one that lets nobody in is named', {
  timeout: PATIENCE,
}, async () => {
  const listed = await new OrganizationsClient(options()).send(new ListAccountsCommand({}))
  expect(listed.Accounts?.length).toBeGreaterThan(0)
  const flags = ['--account', 'organization', '--role', ROLE]
  const others = members.filter(account => account !== locked)

  const inventory = await interdict('inventory', ...flags, '--kind', 'role', '--json')
  expect(inventory.code, inventory.stderr).toBe(4)
  const roles: { account: string; name: string }[] = JSON.parse(inventory.stdout).identities
  const found = roles.filter(({ name }) => name === 'vendor-sync').map(({ account }) => account)
  expect(found.toSorted()).toEqual(others.toSorted())

  const plan = await interdict('plan', 'playbook.yaml', ...flags)
  expect(plan.code, plan.stderr).toBe(4)
  const screen = plan.stdout.split('\n').slice(0, 24).join('\n')
  expect(screen).toContain(`would touch ${ACCOUNTS - 2} of`)
  expect(screen).toMatch(/role vendor-sync[\s\S]*quarantine +\+ inline\/interdict-\S+ +‒ → Deny \*/)
  expect(screen).toContain(`${ACCOUNTS - 2} AWS accounts: `)
  expect(plan.stdout).toContain(`AWS ${locked} was not reached`)

  const contained = await interdict('contain', 'playbook.yaml', ...flags, '--yes', '--no-wait', '--json')
  expect(contained.code, contained.stderr).toBe(4)
  const { run, changes, unreached } = JSON.parse(contained.stdout)
  expect(unreached).toMatchObject([{ account: locked, fault: { code: 'not-authenticated' } }])
  expect(changes.every(({ set }: { set: boolean }) => set)).toBe(true)
  expect((await denied()).toSorted()).toEqual(others.toSorted())

  locked = ''
  const resumed = await interdict('resume', run, '--no-wait', '--json')
  expect(JSON.parse(resumed.stdout).unreached, resumed.stderr).toEqual([])
  expect((await denied()).toSorted()).toEqual(members.toSorted())

  const restored = await interdict(
    ...['restore', run, '--accept-live-tokens', '--reason', 'rehearsed', '--yes', '--json'],
  )
  expect(restored.code, restored.stderr + restored.stdout).toBe(0)
  expect(await denied()).toEqual([])
})
