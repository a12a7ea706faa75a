// A process of its own, so that its peak memory is the inventory's: lists everything at an endpoint, prints one line.
import { pathToFileURL } from 'node:url'

const [dist, asked] = process.argv.slice(2)
const { cloud, endpoint, credentials, scope, kinds } = JSON.parse(asked)
const built = path => import(pathToFileURL(`${dist}/${path}`).href)
const [{ listIdentities }, { [cloud]: provider }, { REAL: timing }] = await Promise.all([
  built('engine/index.js'),
  built(`clouds/${cloud}/provider.js`),
  built('model/timing.js'),
])
const { sessions, unreached } = await provider.connect({ scope, timing, lab: { endpoint, credentials } })
if (unreached[0]) throw new Error(unreached[0].fault.message)
const before = callsOf(sessions)
const begun = performance.now()
const world = { providers: new Map([[cloud, provider]]), sessions, timing, listen: () => {} }
let listed = 0
for await (const _ of listIdentities(world, { kinds })) listed += 1
const ms = performance.now() - begun
const calls = callsOf(sessions) - before
// Kilobytes, on every platform (libuv).
const peakMb = process.resourceUsage().maxRSS / 1024
process.stdout.write(`${JSON.stringify({ accounts: sessions.length, listed, ms, calls, peakMb })}\n`)
for (const session of sessions) await session.close()

/** Requests that went out, where one may carry many calls. */
function callsOf(all) {
  return all
    .flatMap(({ client, calls }) => client.requests?.() ?? Object.values(calls()))
    .reduce((total, each) => total + each, 0)
}
