// A process of its own, so that its peak memory is the inventory's: lists everything at an endpoint, prints one line.
import { pathToFileURL } from 'node:url'

const [dist, lab] = process.argv.slice(2)
const { aws } = await import(pathToFileURL(`${dist}/providers/aws/index.js`).href)
const { sessions, unreached } = await aws.connect({ scope: { accounts: ['self'] }, lab: JSON.parse(lab) })
if (unreached[0]) throw new Error(unreached[0].fault.message)
const before = sum(sessions[0].calls())
const begun = performance.now()
let listed = 0
for await (const _ of sessions[0].inventory({})) listed += 1
const ms = performance.now() - begun
const calls = sum(sessions[0].calls()) - before
// Kilobytes, on every platform (libuv).
process.stdout.write(
  `${JSON.stringify({ listed, ms, calls, peakMb: process.resourceUsage().maxRSS / 1024 })}\n`,
)
for (const session of sessions) await session.close()

function sum(calls) {
  return Object.values(calls).reduce((total, each) => total + each, 0)
}
