import { setTimeout as sleep } from 'node:timers/promises'
import { organization } from './accounts.mjs'
import { labOf } from './inventory.mjs'
import { quarantineRoles } from './playbook.mjs'
import { slowRoad } from './slow-road.mjs'

/** Writes to IAM a second that an account's callers share, as users of AWS report it. */
const PER_SECOND = 15
const CHANGES = 1_000
const ACCOUNTS = 5_000
/** Simulated time to the cloud and back. */
const LATENCY_MS = 100
/** Between two calls of the workload at the side. */
const HONEST_MS = 1_000

/**
 * @param sizes changes in the one account, accounts with one change each, and writes a second that the one account takes:
 * `1000,5000,15`
 */
export async function pace(root, sizes = `${CHANGES},${ACCOUNTS}`) {
  const [changes, accounts = 0, perSecond = PER_SECOND] = sizes.split(',').map(Number)
  return [
    ...(changes > 0 ? await oneAccount(root, changes, perSecond) : []),
    ...(accounts > 0 ? await manyAccounts(root, accounts) : []),
  ]
}

async function oneAccount(root, changes, perSecond) {
  // A second's worth fits into it.
  const bucket = { size: perSecond, perSecond }
  const lab = await labOf(root, { cloud: 'aws', count: changes * 2, throttle: { 'aws iam writes': bucket } })
  const road = await slowRoad(lab.endpoint, LATENCY_MS)
  const side = workload(lab)
  try {
    const { endpoint, counts } = road
    const result = await organization(root, {
      endpoint,
      credentials: lab.credentials,
      scope: { accounts: ['self'] },
      playbook: quarantineRoles('identity.name.startsWith("bench-role-")'),
      restore: false,
    })
    const honest = await side.end()
    const writing = (counts.lastWrite - counts.firstWrite) / 1_000
    const others = honest.accepted.filter(at => at >= counts.firstWrite && at <= counts.lastWrite).length
    const least = (counts.writes + others - bucket.size) / perSecond
    return [
      [
        `${result.done} changes in one throttled account (${perSecond} writes a second, ${LATENCY_MS} ms away)`,
        `first to last cut ${writing.toFixed(1)} s: ${(writing / least).toFixed(2)} of the ${least.toFixed(1)} s that the bucket takes; ` +
          `plan ${result.seconds.plan.toFixed(1)} s, contain with proof and sweep ${result.seconds.contain.toFixed(1)} s; ` +
          `${counts.calls} calls, ${counts.throttled} throttled, ${counts.most} at once; ${result.peakMb.toFixed(0)} MB`,
      ],
      [
        'a workload beside it, a write a second',
        `${honest.throttled} of its ${honest.calls} calls throttled; the latest came ${(honest.worst / 1_000).toFixed(1)} s late`,
      ],
    ]
  } finally {
    await side.end()
    await road.close()
    await lab.close()
  }
}

async function manyAccounts(root, accounts) {
  const lab = await labOf(root, { cloud: 'members', count: accounts, projects: 1 })
  const road = await slowRoad(lab.endpoint, LATENCY_MS)
  try {
    const { endpoint, counts } = road
    const result = await organization(root, {
      endpoint,
      credentials: lab.credentials,
      scope: { accounts: ['organization'], role: 'security/interdict-responder' },
      playbook: quarantineRoles('identity.name == "vendor-sync"'),
      restore: false,
    })
    const steps = Object.entries(result.seconds).map(([step, took]) => `${step} ${took.toFixed(1)} s`)
    return [
      [
        `${result.accounts} accounts with a change each (${LATENCY_MS} ms away)`,
        `${result.done} roles contained; ${steps.join(', ')}; ${counts.calls} calls, ${counts.throttled} throttled, ` +
          `${counts.most} at once; ${result.peakMb.toFixed(0)} MB`,
      ],
    ]
  } finally {
    await road.close()
    await lab.close()
  }
}

/** Writes a policy in the same account now and then, and repeats what is throttled as the SDKs do. */
function workload({ endpoint, credentials: { accessKeyId, sessionToken } }) {
  const said = { calls: 0, throttled: 0, accepted: [], worst: 0 }
  const stop = new AbortController()
  const scope = `${accessKeyId}/20261130/us-east-1/iam/aws4_request`
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const policy = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}'
  const form = {
    Action: 'PutUserPolicy',
    UserName: 'bench-user-0',
    PolicyName: 'beside',
    PolicyDocument: policy,
  }
  const run = async () => {
    while (!stop.signal.aborted) {
      const asked = performance.now()
      for (let tried = 0; !stop.signal.aborted; tried++) {
        said.calls += 1
        const answer = await fetch(endpoint, { method: 'POST', headers, body: new URLSearchParams(form) })
        const text = await answer.text()
        if (answer.ok) {
          said.accepted.push(performance.now())
          break
        }
        if (!text.includes('Throttling')) throw new Error(`the workload at the side: ${text}`)
        said.throttled += 1
        await sleep(Math.random() * Math.min(20_000, 1_000 * 2 ** tried))
      }
      said.worst = Math.max(said.worst, performance.now() - asked)
      await sleep(HONEST_MS)
    }
  }
  const running = run()
  return {
    async end() {
      stop.abort()
      await running
      return said
    },
  }
}
