// `npm run bench:peers`: the same keys disabled by interdict and by others, each on a moto server of its own, through a tap that
// counts. interdict also keeps the state before, proves that each key is off, and sweeps for new ones; the others do not.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readyPeers } from '../venv.mjs'
import { tap } from './tap.mjs'

const KEYS = 40
/** Each round on fresh servers; the best of them counts, since a busy machine only adds. */
const ROUNDS = 3
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7RESPOND',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
}

export async function peers(root) {
  const program = readyPeers()
  const home = mkdtempSync(join(tmpdir(), 'interdict-peers-'))
  try {
    const rounds = []
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        interdict: await measured(program, home, endpoint =>
          interdict(root, join(home, `${round}`), endpoint),
        ),
        'Cloud Custodian': await measured(program, home, endpoint => custodian(program, home, endpoint)),
        'aws-sdk loop': await measured(program, home, endpoint => loop(root, home, endpoint)),
      })
    }
    const names = Object.keys(rounds[0])
    const best = Object.fromEntries(
      names.map(name => {
        const all = rounds.map(each => each[name])
        return [name, all.toSorted((a, b) => a.whole - b.whole)[0]]
      }),
    )
    const peer = best['Cloud Custodian']
    return names.map(name => {
      const { whole, lastCut, calls, purposes } = best[name]
      const of = name === 'Cloud Custodian' ? '' : ` (${(whole / peer.whole).toFixed(2)} × Cloud Custodian)`
      const cut = ` last key off after ${(lastCut / 1000).toFixed(2)} s (${(lastCut / peer.whole).toFixed(2)} × its whole run)`
      const detail = purposes ? `: ${purposes}` : ''
      return [
        `${KEYS} access keys of ${KEYS} users disabled, ${name}`,
        `${(whole / 1000).toFixed(2)} s${of};${cut}; ${calls} calls, ${(calls / KEYS).toFixed(1)} a key${detail}`,
      ]
    })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Runs a peer against a fresh account with the keys. */
async function measured(program, home, run) {
  const moto = await motoServer(program('python'))
  const keys = await seeded(moto.endpoint)
  const recorder = await tap(moto.endpoint)
  try {
    const begun = performance.now()
    const said = await run(recorder.endpoint, keys)
    const whole = performance.now() - begun
    const cuts = recorder.exchanges.filter(({ body }) => body.includes('Action=UpdateAccessKey'))
    const still = await activeKeys(moto.endpoint, keys)
    if (still.length > 0) throw new Error(`${still.length} keys are still active`)
    return {
      whole,
      lastCut: Math.max(...cuts.map(({ at }) => at)) - begun,
      calls: recorder.exchanges.length,
      purposes: said,
      home,
    }
  } finally {
    await recorder.close()
    await moto.end()
  }
}

async function interdict(root, home, endpoint) {
  const playbook = `${home}.yaml`
  writeFileSync(
    playbook,
    `version: 1
name: peers
title: Disable the leaked keys
status: test
severity: low
scope: { aws: { accounts: [self] } }
protect: ['false']
limit: { identities: 100, share: 1 }
ttl: 1h
steps:
  - name: keys
    select: identity.kind == "access-key" && identity.owner.contains("/leaked-")
    interrupt: [disable]
`,
  )
  const { code, out } = await ran(
    process.execPath,
    [join(root, 'bin/run.js'), 'contain', playbook, '--reason', 'bench', '--yes', '--json'],
    { HOME: home, INTERDICT_STATE: join(home, 'state'), INTERDICT_CONFIG: join(home, 'config') },
    endpoint,
  )
  const result = JSON.parse(out)
  if (code !== 0) throw new Error(`interdict ended with ${code}: ${result.status}`)
  return Object.entries(result.calls ?? {})
    .map(([purpose, count]) => `${purpose} ${count}`)
    .join(', ')
}

async function custodian(program, home, endpoint) {
  const policy = join(home, 'custodian.yaml')
  writeFileSync(
    policy,
    `policies:
  - name: leaked
    resource: aws.iam-user
    filters:
      - { type: value, key: UserName, op: regex, value: "^leaked-" }
      - { type: access-key, key: Status, value: Active }
    actions:
      - { type: remove-keys, disable: true, matched: true }
`,
  )
  const args = ['run', '-s', join(home, 'custodian'), '--cache-period', '0', '-r', 'us-east-1', policy]
  const { code, err } = await ran(program('custodian'), args, { HOME: home }, endpoint)
  if (code !== 0) throw new Error(`Cloud Custodian ended with ${code}: ${err.slice(-2_000)}`)
  return undefined
}

/** A loop over the keys, as a script would have it: find the user of each, switch it off. */
async function loop(root, home, endpoint, keys) {
  const file = join(home, 'loop.mjs')
  const sdk = join(root, 'node_modules/@aws-sdk/client-iam/dist-cjs/index.js')
  writeFileSync(
    file,
    `import iam from ${JSON.stringify(sdk)}
const client = new iam.IAMClient({})
const users = (await client.send(new iam.ListUsersCommand({}))).Users.filter(({ UserName }) => UserName.startsWith('leaked-'))
for (const { UserName } of users) {
  const { AccessKeyMetadata } = await client.send(new iam.ListAccessKeysCommand({ UserName }))
  for (const { AccessKeyId } of AccessKeyMetadata) {
    await client.send(new iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
  }
}
`,
  )
  const { code, err } = await ran(process.execPath, [file], { HOME: home }, endpoint)
  if (code !== 0) throw new Error(`the loop ended with ${code}: ${err} ${keys?.length ?? ''}`)
  return undefined
}

function ran(command, args, env, endpoint) {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...CREDENTIALS, AWS_ENDPOINT_URL: endpoint, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    err += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, out, err }))
  })
}

async function iamOf(endpoint) {
  const { IAMClient, ...commands } = await import('@aws-sdk/client-iam')
  const credentials = {
    accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID,
    secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
  }
  const client = new IAMClient({ endpoint, region: 'us-east-1', credentials })
  return { client, commands }
}

async function seeded(endpoint) {
  const { client, commands } = await iamOf(endpoint)
  const keys = []
  for (let at = 0; at < KEYS; at++) {
    const UserName = `leaked-${at}`
    await client.send(new commands.CreateUserCommand({ UserName }))
    const { AccessKey } = await client.send(new commands.CreateAccessKeyCommand({ UserName }))
    keys.push({ UserName, AccessKeyId: AccessKey.AccessKeyId })
  }
  client.destroy()
  return keys
}

async function activeKeys(endpoint, keys) {
  const { client, commands } = await iamOf(endpoint)
  const active = []
  for (const { UserName } of keys) {
    const { AccessKeyMetadata } = await client.send(new commands.ListAccessKeysCommand({ UserName }))
    active.push(...AccessKeyMetadata.filter(({ Status }) => Status === 'Active'))
  }
  client.destroy()
  return active
}

async function motoServer(python) {
  const port = await freePort()
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  })
  const endpoint = `http://127.0.0.1:${port}`
  for (let tried = 0; tried < 600; tried++) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok) break
    await pause(100)
  }
  return {
    endpoint,
    end: () =>
      new Promise(resolve => {
        child.once('close', resolve)
        child.kill('SIGKILL')
      }),
  }
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
