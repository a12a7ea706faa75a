// A process of its own, so that nothing else is on its core or in its memory: reads, then observes, prints one line.
import { pathToFileURL } from 'node:url'

const [dist] = process.argv.slice(2)
const built = path => import(pathToFileURL(`${dist}/${path}`).href)
const [{ clouds, recordReader }, { Evaluator }] = await Promise.all([
  built('clouds/index.js'),
  built('watch/index.js'),
])
const reader = await recordReader(clouds)
const signalsOf = record => reader.signalsOf(record)

const READS = 40_000
const EVENTS = 1_000_000
const IDENTITIES = 50_000
const NOON = Date.UTC(2026, 10, 23, 12)

const record = (index, role) => ({
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLE0000000001:session-${index % 100}`,
    arn: `arn:aws:sts::111122223333:assumed-role/role-${role}/session-${index % 100}`,
    accountId: '111122223333',
    accessKeyId: 'ASIAEXAMPLELAMBDA001',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLE0000000001',
        arn: `arn:aws:iam::111122223333:role/service/role-${role}`,
        accountId: '111122223333',
        userName: `role-${role}`,
      },
      attributes: { creationDate: '2026-11-22T09:30:00Z', mfaAuthenticated: 'false' },
    },
  },
  eventTime: new Date(NOON + index * 10).toISOString(),
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: 'GetSecretValue',
  awsRegion: 'us-west-2',
  sourceIPAddress: `203.0.113.${index % 250}`,
  userAgent: 'aws-sdk-python/1.40.0',
  ...(index % 5 === 0 ? { errorCode: 'AccessDenied' } : {}),
  requestParameters: { secretId: `prod/secret-${index % 37}` },
  responseElements: null,
  eventID: `dfd6d93a-2ce6-4dbe-8939-${String(index).padStart(12, '0')}`,
  readOnly: true,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '111122223333',
  eventCategory: 'Management',
})

const by = { groupBy: ['identity.id'], timespan: 600 }
const inputs = { role: 'event.identity.name' }
const triggers = [
  {
    name: 'outside',
    when: 'event.action == "sts:AssumeRoleWithWebIdentity" && !inWindow(event.time, "Mon-Fri 08:00-18:00", "Europe/Berlin")',
    inputs,
  },
  {
    name: 'denied',
    when: 'event.outcome == "denied" && !inCidr(event.sourceIp, "10.0.0.0/8")',
    correlate: { type: 'event_count', ...by, condition: { gte: 50 } },
    inputs,
  },
  {
    name: 'secrets',
    when: 'event.action == "secretsmanager:GetSecretValue" && event.outcome == "success"',
    correlate: { type: 'value_count', ...by, condition: { gte: 30, field: 'resource' } },
    inputs,
  },
  {
    name: 'agent',
    when: 'event.userAgent.matches("(?i)kali|parrot|pentoo") && event.cloud == "aws"',
    inputs,
  },
  {
    name: 'risk',
    when: 'event.outcome != "success"',
    risk: { points: 1, threshold: 500, halfLife: 3600 },
    inputs,
  },
]
const playbook = {
  name: 'bench',
  inputs: { role: { type: 'string', required: true, description: 'a role' } },
  triggers,
}
const heap = () => {
  globalThis.gc()
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024)
}
/** Seconds of a core, whatever else the machine is doing. */
const spent = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const texts = Array.from({ length: READS }, (_, index) => JSON.stringify(record(index, index % IDENTITIES)))
for (const text of texts.slice(0, 5_000)) await signalsOf(text)
let begun = spent()
for (const text of texts) await signalsOf(text)
const read = READS / (spent() - begun)
texts.length = 0

const [template] = (await signalsOf(record(0, 0))).signals
const signal = index => {
  const role = (index * 7919) % IDENTITIES
  return {
    ...template,
    id: `dfd6d93a-2ce6-4dbe-8939-${String(index).padStart(12, '0')}`,
    time: new Date(NOON + index * 10).toISOString(),
    identity: { ...template.identity, id: `aws:111122223333:role/role-${role}`, name: `role-${role}` },
    outcome: index % 5 === 0 ? 'denied' : 'success',
    resource: `secret-${index % 37}`,
  }
}
const evaluator = new Evaluator([playbook])
const start = heap()
let busy = 0
let middle = 0
for (let from = 0; from < EVENTS; from += 10_000) {
  const batch = Array.from({ length: 10_000 }, (_, index) => signal(from + index))
  begun = spent()
  for (const each of batch) evaluator.observe(each, NOON + 1e9)
  busy += spent() - begun
  if (from === EVENTS / 2) middle = heap()
}
const end = heap()
const observed = EVENTS / busy
const { firings } = evaluator.stats
process.stdout.write(
  `${JSON.stringify({ read, observed, groups: IDENTITIES, firings, start, middle, end })}\n`,
)
