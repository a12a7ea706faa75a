import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { labOf } from './inventory.mjs'

const EVENTS = 1_000
/** A state folder of an incident has this many runs at most; each reaction reads what the others hold. */
const RUNS = 50

const PLAYBOOK = `version: 1
name: bench
title: Quarantine the role that an event names
status: test
severity: low
inputs:
  role: { type: string, description: id of the role }
scope: { aws: { accounts: [self] } }
protect: ['false']
limit: { identities: 1, share: 1.0 }
ttl: 1h
steps:
  - name: the role
    select: identity.id == inputs.role
    interrupt: [aws.role.quarantine]
triggers:
  - name: refused
    mode: act
    when: event.outcome == "denied"
    inputs: { role: event.identity.id }
`

const refusal = (id, account, name) =>
  JSON.stringify({
    eventVersion: '1.11',
    eventID: id,
    eventTime: new Date().toISOString(),
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '203.0.113.9',
    errorCode: 'AccessDenied',
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    recipientAccountId: account,
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:bench',
      arn: `arn:aws:sts::${account}:assumed-role/${name}/bench`,
      accountId: account,
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAEXAMPLE',
          arn: `arn:aws:iam::${account}:role/${name}`,
          accountId: account,
          userName: name,
        },
      },
    },
  })

/** A loopback proxy that keeps when each exchange began and ended, and which operation it was. */
async function timed(target) {
  const exchanges = []
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const chunks = []
    incoming.on('data', chunk => chunks.push(chunk))
    incoming.once('end', () => {
      const body = Buffer.concat(chunks)
      const operation = /(?:^|&)Action=(\w+)/.exec(body.toString('latin1'))?.[1] ?? ''
      const exchange = { operation, begun: performance.now(), ended: 0, status: 0 }
      exchanges.push(exchange)
      const { method, url: path, headers } = incoming
      const onward = request({ hostname, port, method, path, headers, agent }, answer => {
        exchange.status = answer.statusCode
        outgoing.writeHead(answer.statusCode, answer.headers)
        answer.pipe(outgoing)
        answer.once('end', () => {
          exchange.ended = performance.now()
          // The measurement ends here: the delay until the cloud enforces it is not waited for.
          if (WRITES.test(operation)) {
            void fetch(new URL('/_lab/advance', target), { method: 'POST', body: '{"seconds":60}' })
          }
        })
      })
      onward.once('error', () => outgoing.destroy())
      onward.end(body)
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    exchanges,
    close() {
      server.closeAllConnections()
      agent.destroy()
      return new Promise(resolve => server.close(resolve))
    },
  }
}

/** Milliseconds in which at least one exchange was under way. */
function underWay(exchanges, from, to) {
  let total = 0
  let reached = from
  for (const { begun, ended } of exchanges) {
    const end = Math.min(ended || to, to)
    if (end <= reached) continue
    total += end - Math.max(reached, begun)
    reached = end
  }
  return total
}

const WRITES = /^(Put|Attach|Update|Delete|Detach|Create)/

/**
 * From the moment a record is given by its source to the moment the cloud has accepted the first denying write, one
 * event after the other: reading, matching, planning, the journal and the write.
 */
export async function reaction(root, built, events = EVENTS) {
  const [
    { openSeals },
    { Guard },
    { keptOf },
    { judgeOf, readingOf },
    { reactorOf },
    { warmUp },
    { parsePlaybook },
    { openStore },
    wired,
    { clouds },
    { REAL: timing },
  ] = await Promise.all([
    built('journal/seals.js'),
    built('guard/guard.js'),
    built('guard/saved-state.js'),
    built('toolkit/watch/judge.js'),
    built('toolkit/watch/reactor.js'),
    built('toolkit/watch/warm-up.js'),
    built('model/playbook/parse.js'),
    built('journal/store.js'),
    built('toolkit/clouds.js'),
    built('clouds/index.js'),
    built('model/timing.js'),
  ])
  const providers = await wired.providersOf()
  const playbook = parsePlaybook(PLAYBOOK, 'bench.yaml', wired.catalogOf(providers))
  const started = await labOf(root, { cloud: 'aws', count: events * 2 })
  const proxy = await timed(started.endpoint)
  const lab = {
    id: 'bench',
    endpoint: proxy.endpoint,
    credentials: { aws: started.credentials },
    now: () => new Date().toISOString(),
    propagation: {},
  }
  const { sessions } = await providers.get('aws').connect({
    scope: { accounts: ['self'] },
    timing,
    lab: { endpoint: proxy.endpoint, credentials: started.credentials },
  })
  const targets = []
  for (const session of sessions) {
    for await (const each of session.inventory({ kinds: ['role'] })) {
      for (const identity of Array.isArray(each) ? each : [each]) {
        if (targets.length < events && session.spares(identity) === undefined) targets.push(identity)
      }
    }
  }
  const took = []
  const cloud = []
  const calls = []
  const reading = await readingOf(clouds, {})
  try {
    for (let from = 0; from < targets.length; from += RUNS) {
      const folder = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
      const folders = { state: join(folder, 'state'), config: join(folder, 'config') }
      const acting = {
        folders,
        store: openStore(folders, { follow: true }),
        playbooks: new Map([[playbook.name, playbook]]),
        providers,
        lab,
        tool: 'bench',
        timing,
        warn: text => process.stderr.write(`${text}\n`),
        actor: { user: 'bench', host: 'bench', pid: process.pid },
      }
      const reactor = await reactorOf(acting)
      await warmUp(acting, new AbortController().signal)
      let done = () => {}
      const feed = {
        name: 'bench',
        async *batches() {
          for (const [index, identity] of targets.slice(from, from + RUNS).entries()) {
            const settled = new Promise(resolve => {
              done = resolve
            })
            const record = refusal(`b${from + index}`, identity.account, identity.name)
            proxy.exchanges.length = 0
            const begun = performance.now()
            yield { records: [{ record, where: identity.id }], ack: async () => {} }
            const note = await settled
            const write = proxy.exchanges.find(each => WRITES.test(each.operation) && each.status === 200)
            if (!write) throw new Error(`no write: ${JSON.stringify(note)}`)
            took.push(write.ended - begun)
            cloud.push(underWay(proxy.exchanges, begun, write.ended))
            calls.push(proxy.exchanges.filter(each => each.begun <= write.begun).length)
          }
        },
      }
      const watch = await openSeals(folders).folder('watch')
      const guard = await Guard.open(
        {
          folder: watch,
          judge: judgeOf([playbook], reading, undefined, undefined),
          reactor,
          note: note => {
            if (note.event === 'problem' || note.event === 'refused')
              process.stderr.write(JSON.stringify(note))
            if (note.event !== 'fired') done(note)
          },
          notify: async () => {},
          mode: 'act',
          ceiling: Number.MAX_SAFE_INTEGER,
          timing,
        },
        await keptOf(watch),
      )
      await guard.run([feed], new AbortController().signal)
      await reactor.endGuards()
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    for (const session of sessions) await session.close()
    await proxy.close()
    await started.close()
  }
  const ours = took.map((total, index) => total - cloud[index])
  const text = values => {
    const sorted = [...values].sort((a, b) => a - b)
    const at = share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(0)
    return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
  }
  const of = `reaction, event to first denying write (${took.length.toLocaleString('en')} events, ${(events * 2).toLocaleString('en')} roles)`
  const callsText = values => {
    const sorted = [...values].sort((a, b) => a - b)
    return `${sorted[Math.floor(sorted.length / 2)]} (at most ${sorted.at(-1)})`
  }
  return [
    [of, text(took)],
    [`${of}: of that in the cloud (the lab)`, text(cloud)],
    [`${of}: of that ours`, text(ours)],
    [`${of}: calls to the cloud until then`, callsText(calls)],
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
  const built = path => import(pathToFileURL(join(root, 'dist', path)).href)
  const events = Number(process.argv[2] ?? EVENTS)
  for (const row of await reaction(root, built, events)) process.stdout.write(`${row.join(': ')}\n`)
}
