import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labOf } from './inventory.mjs'
import { replay, tap } from './tap.mjs'

const ROLES = 200

const PLAYBOOK = `version: 1
name: bench
title: Quarantine many roles
status: test
severity: low
scope: { aws: { accounts: [self] } }
protect: ['false']
limit: { identities: 100000, share: 1.0 }
ttl: 1h
steps:
  - name: roles
    select: identity.kind == "role"
    interrupt: [aws.role.quarantine]
`

/** Plans and contains for real, through a tap that counts. */
export async function changes(root, built) {
  const [{ contain, makePlan }, { openStore }, { Holds }, { parsePlaybook }, { clouds }] = await Promise.all([
    built('engine/index.js'),
    built('journal/store.js'),
    built('model/run/holds.js'),
    built('model/playbook/parse.js'),
    built('clouds/index.js'),
  ])
  const all = await Promise.all(clouds.map(cloud => cloud.load()))
  const providers = new Map(all.map(provider => [provider.cloud, provider]))
  const catalog = {
    clouds: all.map(({ cloud }) => cloud),
    kinds: all.flatMap(({ kinds }) => kinds),
    interruptions: all.flatMap(({ interruptions }) => interruptions),
  }
  const playbook = parsePlaybook(PLAYBOOK, 'bench.yaml', catalog)
  const lab = await labOf(root, { cloud: 'aws', count: ROLES * 2 })
  const recorder = await tap(lab.endpoint)
  const folder = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
  const { sessions } = await providers.get('aws').connect({
    scope: { accounts: ['self'] },
    lab: { endpoint: recorder.endpoint, credentials: lab.credentials },
  })
  try {
    const world = {
      providers,
      sessions,
      unreached: [],
      target: { kind: 'lab', at: 'bench' },
      clock: () => new Date().toISOString(),
      listen: () => {},
    }
    const holds = new Holds([])
    const plan = await makePlan(world, { run: 'bench', playbook, inputs: {}, holds })
    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const journal = await store.create('bench', world.clock)
    const planned = recorder.exchanges.length
    const begun = performance.now()
    const state = await contain(world, {
      plan,
      journal,
      holds,
      reason: 'bench',
      tool: 'bench',
      actor: { user: 'bench', host: 'bench', pid: process.pid },
      ttl: 3600,
    })
    const took = performance.now() - begun
    await journal.close()
    const calls = recorder.exchanges.slice(planned)
    const done = [...state.changes.values()].filter(({ phase, set }) => phase === 'written' && set).length
    const ceiling = await replay(lab.endpoint, calls)
    return [
      [
        'change: API calls, verified and swept',
        `${(calls.length / done).toFixed(1)} (${calls.length} calls for ${done} changes)`,
      ],
      [
        'change: speed',
        `${Math.round((done / took) * 1000)} changes/s; the same calls as bare HTTP take ${((ceiling / took) * 100).toFixed(0)} % of the time`,
      ],
    ]
  } finally {
    for (const session of sessions) await session.close()
    await recorder.close()
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
