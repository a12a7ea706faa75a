import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labOf } from './inventory.mjs'
import { quarantineRoles } from './playbook.mjs'
import { replay, tap } from './tap.mjs'

const ROLES = 200

/** Plans and contains for real, through a tap that counts. */
export async function changes(root, built) {
  const [
    { contain, makePlan },
    { openStore },
    { Holds },
    { parsePlaybook },
    wired,
    { join: joinClouds },
    { REAL },
  ] = await Promise.all([
    built('engine/index.js'),
    built('journal/store.js'),
    built('model/run/holds.js'),
    built('model/playbook/parse.js'),
    built('toolkit/clouds.js'),
    built('toolkit/target.js'),
    built('model/timing.js'),
  ])
  const providers = await wired.providersOf()
  const playbook = parsePlaybook(quarantineRoles('true'), 'bench.yaml', wired.catalogOf(providers))
  const lab = await labOf(root, { cloud: 'aws', count: ROLES * 2 })
  const recorder = await tap(lab.endpoint)
  const folder = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
  const { world, close } = await joinClouds({
    providers,
    scope: { aws: { accounts: ['self'] } },
    lab: {
      id: 'bench',
      endpoint: recorder.endpoint,
      credentials: { aws: lab.credentials },
      propagation: {},
      now: () => new Date().toISOString(),
    },
    listen: () => {},
    timing: REAL,
  })
  try {
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
    await close()
    await recorder.close()
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
