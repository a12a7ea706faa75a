// `npm run bench peers`: the same access keys switched off and the same roles quarantined by interdict and by others, each on a moto
// server of its own, through a tap that counts. Nothing else is measured in the same way: what each proves stands beside it.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readyPeers } from '../venv.mjs'
import { tap } from './tap.mjs'

const PEER = 'Cloud Custodian'
const DENY_ALL = 'arn:aws:iam::123456789012:policy/deny-all'
/** Calls by which a key or a role is cut. */
const CUTS = /Action=(UpdateAccessKey|PutRolePolicy|AttachRolePolicy|PutUserPolicy)\b/
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7RESPOND',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
}
const PROVES = {
  interdict: 'the state before, each cut read back, 5 s until IAM enforces it, then no new credential',
  'interdict --no-wait': 'the state before, each cut read back, and no new credential after the last cut',
  [PEER]: 'nothing',
  'aws-cli in a loop': 'nothing',
}

/**
 * @param options `peers`: `200,200`, access keys, each of a user of its own, and roles; `rounds`: each on fresh servers, of which the best
 *   counts, since a busy machine only adds; `only`: leaves out those whose name does not begin with one of these, with commas
 */
export async function peers(root, { peers: size = '200,200', rounds = '1', only = '' }) {
  const [keys, roles] = size.split(',').map(Number)
  const program = readyPeers()
  const home = mkdtempSync(join(tmpdir(), 'interdict-peers-'))
  const runs = {
    interdict: (endpoint, at) => interdict(root, program, `${at}-waits`, endpoint, []),
    'interdict --no-wait': (endpoint, at) => interdict(root, program, at, endpoint, ['--no-wait']),
    [PEER]: (endpoint, at) => custodian(program, at, endpoint, roles > 0),
    'aws-cli in a loop': (endpoint, at) => awsCli(program, at, endpoint),
  }
  try {
    const best = {}
    for (let round = 0; round < Number(rounds); round++) {
      for (const [name, run] of Object.entries(runs)) {
        if (name !== PEER && !only.split(',').some(each => name.startsWith(each))) continue
        process.stderr.write(`${name}, round ${round + 1}\n`)
        const found = await measured(program, { keys, roles }, endpoint =>
          run(endpoint, join(home, `${round}`)),
        )
        if (!best[name] || found.whole < best[name].whole) best[name] = found
      }
    }
    return [
      ['versions', versions(root, program)],
      ...Object.entries(best).map(([name, found]) => [
        `${keys} access keys of ${keys} users and ${roles} roles, ${name}`,
        inWords(name, found, best[PEER], keys + roles),
      ]),
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function inWords(name, { whole, lastCut, calls, memory, said }, peer, cuts) {
  const ratio = (part, of) => (name === PEER ? '' : ` (${(part / of).toFixed(2)} ×)`)
  return [
    `last cut after ${(lastCut / 1000).toFixed(2)} s${ratio(lastCut, peer.whole)}`,
    `end after ${(whole / 1000).toFixed(2)} s${ratio(whole, peer.whole)}`,
    `${calls} calls, ${(calls / cuts).toFixed(1)} a cut${ratio(calls, peer.calls)}`,
    `${Math.round(memory / 1024)} MB at most${ratio(memory, peer.memory)}`,
    `proves: ${PROVES[name]}${said ? ` (${said})` : ''}`,
  ].join('; ')
}

function versions(root, program) {
  const own = spawnSync(process.execPath, [join(root, 'bin/run.js'), '--version'], { encoding: 'utf8' })
  const listed = spawnSync(program('python'), ['-m', 'pip', 'list', '--format=freeze'], { encoding: 'utf8' })
  const others = listed.stdout.split('\n').filter(line => /^(awscli|c7n|moto)==/.test(line))
  return [own.stdout.trim().split(' ')[0], `Node ${process.version}`, ...others].join(', ')
}

/** Runs a peer against a fresh account with the keys and roles. */
async function measured(program, size, run) {
  const moto = await motoServer(program('python'))
  const recorder = await tap(moto.endpoint)
  try {
    await seeded(moto.endpoint, size)
    const begun = performance.now()
    const { memory, said } = await run(recorder.endpoint)
    const whole = performance.now() - begun
    const cuts = recorder.exchanges.filter(({ body }) => CUTS.test(body))
    const open = await openIdentities(moto.endpoint, size)
    if (open.length > 0) throw new Error(`${open.length} are not cut: ${open.slice(0, 5).join(', ')}`)
    return {
      whole,
      lastCut: Math.max(...cuts.map(({ at }) => at)) - begun,
      calls: recorder.exchanges.length,
      memory,
      said,
    }
  } finally {
    await recorder.close()
    await moto.end()
  }
}

async function interdict(root, program, home, endpoint, flags) {
  const playbook = `${home}.yaml`
  writeFileSync(
    playbook,
    `version: 1
name: peers
title: Disable the leaked keys and quarantine the roles
status: test
severity: low
scope: { aws: { accounts: [self] } }
protect: ['false']
limit: { identities: 1000, share: 1 }
ttl: 1h
steps:
  - name: keys
    select: identity.kind == "access-key" && identity.owner.contains("/leaked-")
    interrupt: [disable]
  - name: roles
    select: identity.kind == "role" && identity.name.startsWith("leaked-")
    interrupt: [quarantine]
`,
  )
  const { code, out, err, memory } = await ran(
    program,
    [
      process.execPath,
      join(root, 'bin/run.js'),
      'contain',
      playbook,
      '--reason',
      'bench',
      '--yes',
      '--json',
      ...flags,
    ],
    { HOME: home, INTERDICT_STATE: join(home, 'state'), INTERDICT_CONFIG: join(home, 'config') },
    endpoint,
  )
  if (out === '') throw new Error(`interdict ended with ${code}: ${err.slice(-2_000)}`)
  const { status, calls = {} } = JSON.parse(out)
  const counts = Object.entries(calls).map(([purpose, count]) => `${purpose} ${count}`)
  return { memory, said: [`run ${status}`, ...counts].join(', ') }
}

/** A role is denied everything by a policy that is attached to it: Custodian has no action that writes an inline one. */
async function custodian(program, home, endpoint, hasRoles) {
  const policy = `${home}-custodian.yaml`
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
${
  hasRoles
    ? `  - name: leaked-roles
    resource: aws.iam-role
    filters:
      - { type: value, key: RoleName, op: regex, value: "^leaked-" }
    actions:
      - { type: set-policy, state: attached, arn: "${DENY_ALL}" }
`
    : ''
}`,
  )
  const args = ['run', '-s', `${home}-custodian`, '--cache-period', '0', '-r', 'us-east-1', policy]
  const { code, err, memory } = await ran(program, [program('custodian'), ...args], { HOME: home }, endpoint)
  if (code !== 0) throw new Error(`${PEER} ended with ${code}: ${err.slice(-2_000)}`)
  return { memory }
}

/** As a script would have it: a process for each call. */
async function awsCli(program, home, endpoint) {
  const file = `${home}-loop.sh`
  const aws = program('aws')
  writeFileSync(
    file,
    `set -e
for user in $(${aws} iam list-users --query "Users[?starts_with(UserName, 'leaked-')].UserName" --output text); do
  for key in $(${aws} iam list-access-keys --user-name "$user" --query 'AccessKeyMetadata[].AccessKeyId' --output text); do
    ${aws} iam update-access-key --user-name "$user" --access-key-id "$key" --status Inactive
  done
done
for role in $(${aws} iam list-roles --query "Roles[?starts_with(RoleName, 'leaked-')].RoleName" --output text); do
  ${aws} iam attach-role-policy --role-name "$role" --policy-arn ${DENY_ALL}
done
`,
  )
  const { code, err, memory } = await ran(program, ['sh', file], { HOME: home }, endpoint)
  if (code !== 0) throw new Error(`the loop ended with ${code}: ${err.slice(-2_000)}`)
  return { memory }
}

/** Runs a command and prints the peak memory of the largest of its processes, in KiB on Linux, as the last line of stderr. */
const MEASURING = `import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)`

function ran(program, command, env, endpoint) {
  const child = spawn(program('python'), ['-c', MEASURING, ...command], {
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
    child.once('close', code => resolve({ code, out, err, memory: Number(err.trim().split('\n').at(-1)) }))
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

async function seeded(endpoint, { keys, roles }) {
  const { client, commands } = await iamOf(endpoint)
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  const deny = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] }
  await client.send(
    new commands.CreatePolicyCommand({ PolicyName: 'deny-all', PolicyDocument: JSON.stringify(deny) }),
  )
  for (let at = 0; at < keys; at++) {
    const UserName = `leaked-${at}`
    await client.send(new commands.CreateUserCommand({ UserName }))
    await client.send(new commands.CreateAccessKeyCommand({ UserName }))
  }
  for (let at = 0; at < roles; at++) {
    const AssumeRolePolicyDocument = JSON.stringify(trust)
    await client.send(new commands.CreateRoleCommand({ RoleName: `leaked-${at}`, AssumeRolePolicyDocument }))
  }
  client.destroy()
}

/** Keys that are active, and roles without a deny. */
async function openIdentities(endpoint, { keys, roles }) {
  const { client, commands } = await iamOf(endpoint)
  const open = []
  for (let at = 0; at < keys; at++) {
    const UserName = `leaked-${at}`
    const { AccessKeyMetadata } = await client.send(new commands.ListAccessKeysCommand({ UserName }))
    if (AccessKeyMetadata.some(({ Status }) => Status === 'Active')) open.push(UserName)
  }
  for (let at = 0; at < roles; at++) {
    const RoleName = `leaked-${at}`
    const { PolicyNames } = await client.send(new commands.ListRolePoliciesCommand({ RoleName }))
    const { AttachedPolicies } = await client.send(new commands.ListAttachedRolePoliciesCommand({ RoleName }))
    if (PolicyNames.length + AttachedPolicies.length === 0) open.push(RoleName)
  }
  client.destroy()
  return open
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
