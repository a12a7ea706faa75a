// A process of its own, so that its peak memory is the run's: enters all accounts of an organization, plans, contains and
// restores one role in each, and prints one line.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [dist, asked] = process.argv.slice(2)
const { endpoint, credentials, scope, playbook: source, restore: restores = true } = JSON.parse(asked)
const built = path => import(pathToFileURL(`${dist}/${path}`).href)
const [{ contain, makePlan, restore }, { openStore }, { Holds }, { parsePlaybook }, { aws }, { planText }] =
  await Promise.all([
    built('engine/index.js'),
    built('journal/store.js'),
    built('model/run/holds.js'),
    built('model/playbook/parse.js'),
    built('clouds/aws/provider.js'),
    built('ui/plan.js'),
  ])
const [{ COLOURLESS }, { REAL: timing }, { boundHeap }] = await Promise.all([
  built('ui/page.js'),
  built('model/timing.js'),
  built('program/heap.js'),
])
// As the program does.
boundHeap()
const providers = new Map([['aws', aws]])
const { kinds, interruptions } = aws
const playbook = parsePlaybook(source, 'bench.yaml', { clouds: ['aws'], kinds, interruptions })
const folder = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
const seconds = {}
const calls = {}
let sessions = []
const timed = async (step, work) => {
  const before = total()
  const begun = performance.now()
  const result = await work()
  seconds[step] = (performance.now() - begun) / 1000
  calls[step] = total() - before
  return result
}
const { unreached } = await timed('sign in', async () => {
  const connected = await aws.connect({ scope, timing, lab: { endpoint, credentials } })
  sessions = connected.sessions
  return connected
})
if (unreached[0]) throw new Error(unreached[0].fault.message)
calls['sign in'] = total()
const world = {
  providers,
  sessions,
  unreached: [],
  target: { kind: 'lab', at: 'bench' },
  clock: () => new Date().toISOString(),
  listen: () => {},
  timing,
}
const holds = new Holds([])
const plan = await timed('plan', () => makePlan(world, { run: 'bench', playbook, inputs: {}, holds }))
const screen = await timed('draw', async () =>
  planText(plan, { columns: 80, all: false, paint: COLOURLESS, now: plan.at }),
)
const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
const journal = await store.create('bench', world.clock)
const actor = { user: 'bench', host: 'bench', pid: process.pid }
const run = { plan, journal, holds, reason: 'bench', tool: 'bench', actor, ttl: 3600, playbook }
const state = await timed('contain', () => contain(world, run))
const done = [...state.changes.values()].filter(({ phase, set }) => phase === 'written' && set).length
const back = restores
  ? await timed('restore', () =>
      restore(world, {
        state,
        journal,
        holds: new Holds([state]),
        only: [],
        options: { drift: 'skip', stepDown: false, acceptLiveTokens: true, reason: 'bench' },
        actor,
        reason: 'bench',
      }),
    )
  : state
await journal.close()
const restored = [...back.changes.values()].filter(({ phase }) => phase === 'restored').length
for (const session of sessions) await session.close()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(
  `${JSON.stringify({
    accounts: sessions.length,
    done,
    restored,
    seconds,
    calls,
    lines: screen.split('\n').length,
    // Kilobytes, on every platform (libuv).
    peakMb: process.resourceUsage().maxRSS / 1024,
  })}\n`,
)

function total() {
  return sessions.flatMap(session => Object.values(session.calls())).reduce((sum, each) => sum + each, 0)
}
