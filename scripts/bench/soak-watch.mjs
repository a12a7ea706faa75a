// A process of its own, so that nothing else is in its memory: a guard with its files on disk, the shipped playbooks' triggers and a reactor
// that proposes; prints a sample each ten seconds. `node --expose-gc soak-watch.mjs DIST RATE MINUTES`
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const [dist, rate, minutes] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const built = path => import(pathToFileURL(`${dist}/${path}`).href)
const [
  { openSeals },
  { Guard },
  { keptOf },
  { judgeOf, readingOf, watchedPlaybooks },
  { providersOf, catalogOf },
  { clouds },
  { REAL: timing },
] = await Promise.all([
  built('journal/seals.js'),
  built('guard/guard.js'),
  built('guard/saved-state.js'),
  built('toolkit/watch/judge.js'),
  built('toolkit/clouds.js'),
  built('clouds/index.js'),
  built('model/timing.js'),
])

const IDENTITIES = 5_000
/** Batches a second, as a queue gives them. */
const BATCHES = 10
const ACTIONS = [
  'GetObject',
  'ListBuckets',
  'GetSecretValue',
  'AssumeRole',
  'PutObject',
  'DescribeInstances',
  'CreateAccessKey',
]

function record(index) {
  const role = (index * 7919) % IDENTITIES
  const name = `role-${role}`
  const action = ACTIONS[(index * 31) % ACTIONS.length]
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE0000000001:session-${index % 100}`,
      arn: `arn:aws:sts::111122223333:assumed-role/${name}/session-${index % 100}`,
      accountId: '111122223333',
      accessKeyId: 'ASIAEXAMPLELAMBDA001',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAEXAMPLE0000000001',
          arn: `arn:aws:iam::111122223333:role/service/${name}`,
          accountId: '111122223333',
          userName: name,
        },
      },
    },
    eventTime: new Date().toISOString(),
    eventSource: action === 'GetSecretValue' ? 'secretsmanager.amazonaws.com' : 's3.amazonaws.com',
    eventName: action,
    awsRegion: 'us-west-2',
    sourceIPAddress: `203.0.113.${index % 250}`,
    userAgent: 'aws-sdk-python/1.40.0',
    ...((index * 31) % 11 < 2 ? { errorCode: 'AccessDenied' } : {}),
    requestParameters: { secretId: `prod/secret-${index % 37}` },
    responseElements: null,
    eventID: `dfd6d93a-2ce6-4dbe-8939-${String(index).padStart(12, '0')}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
  })
}

/** Fires for each identity now and then, so that the log of firings grows as in a long incident. */
const OWN = `version: 1
name: soak
title: Propose the role that an event names
status: test
severity: low
inputs:
  role: { type: string, description: name of the role }
scope: { aws: { accounts: [self] } }
protect: ['false']
limit: { identities: 1, share: 1.0 }
ttl: 1h
steps:
  - name: the role
    select: identity.name == inputs.role
    interrupt: [aws.role.quarantine]
triggers:
  - name: denied
    when: event.outcome == "denied"
    correlate: { type: event_count, group-by: [identity.id], timespan: 10m, condition: { gte: 3 } }
    inputs: { role: event.identity.name }
    cooldown: 5m
  - name: secrets
    when: event.action == "secretsmanager:GetSecretValue"
    correlate: { type: value_count, group-by: [identity.id], timespan: 10m, condition: { gte: 5, field: resource } }
    inputs: { role: event.identity.name }
    cooldown: 5m
`

const folder = mkdtempSync(join(tmpdir(), 'interdict-soak-'))
const folders = { state: join(folder, 'state'), config: join(folder, 'config') }
const { parsePlaybook } = await built('model/playbook/parse.js')
const catalog = catalogOf(await providersOf())
const playbooks = [
  ...(await watchedPlaybooks([], catalog, {})).values(),
  parsePlaybook(OWN, 'soak.yaml', catalog),
]
const watch = await openSeals(folders).folder('watch')
const judge = judgeOf(playbooks, await readingOf(clouds, {}), undefined, undefined)
let run = 0
const reactor = {
  newRun: async () => `run${run++}`,
  begun: async () => undefined,
  contain: async () => Promise.reject(new Error('this watch proposes')),
  resume: async () => Promise.reject(new Error('this watch proposes')),
  propose: async (_, __, id) => ({
    run: id,
    status: 'proposed',
    changes: 1,
    identities: ['aws:role'],
    plan: `/plans/${id}.json`,
  }),
}
const stop = new AbortController()
const lags = []
const feed = {
  name: 'soak',
  async *batches(signal) {
    const begun = performance.now()
    let index = 0
    for (let batch = 0; !signal.aborted; batch++) {
      const due = begun + (batch * 1000) / BATCHES
      const wait = due - performance.now()
      if (wait > 0) await sleep(wait)
      const records = []
      for (let each = 0; each < rate / BATCHES; each++) {
        // One in ten is redelivered.
        const at = index % 10 === 9 ? Math.max(0, index - 1 - ((index * 13) % 900)) : index
        records.push({ record: record(at), where: String(at) })
        index++
      }
      yield { records, ack: async () => {} }
      // It was taken: judged, and what fired is on disk.
      lags.push(performance.now() - due)
    }
  },
}
const guard = await Guard.open(
  {
    folder: watch,
    judge,
    reactor,
    note() {},
    notify: async () => {},
    mode: 'propose',
    ceiling: 20,
    triggers: 2,
    timing,
  },
  await keptOf(watch),
)
const keep = judge.save
let [whole, changed] = [0, 0]
judge.save = () => {
  const saved = keep()
  whole += JSON.stringify(saved).length
  return saved
}
const changes = judge.changes
if (changes) {
  judge.changes = () => {
    const some = changes()
    if (some) changed += JSON.stringify(some).length
    return some
  }
}

function sample() {
  globalThis.gc()
  const { rss, heapUsed } = process.memoryUsage()
  const seconds = Math.round(process.uptime())
  const sorted = lags.splice(0).sort((a, b) => a - b)
  const at = share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const { records, fired, setAside } = guard.stats
  // Bytes of all writes of this process (proc_pid_io(5)), where the system counts them.
  let written = 0
  try {
    written = Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
  } catch {
    written = whole + changed
  }
  const [heap, resident] = [heapUsed, rss].map(bytes => bytes / 1e6)
  const line = {
    seconds,
    records,
    fired,
    setAside,
    heap,
    rss: resident,
    written,
    state: whole + changed,
    lag: { p50: at(0.5), p99: at(0.99) },
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const sampling = setInterval(sample, 10_000)
setTimeout(() => stop.abort(), minutes * 60_000)
await guard.run([feed], stop.signal)
clearInterval(sampling)
sample()
rmSync(folder, { recursive: true, force: true })
