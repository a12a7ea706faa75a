// Loaded with --import into the real program: ends it with SIGKILL at the n-th write or sync of any file, or request.
//   CRASH_AT=disk:7      before the seventh write or sync
//   CRASH_AT=http:5      when the fifth request is on its way
//   CRASH_COUNT=<file>   writes {"disk": n, "http": n} at the end instead
import diagnostics from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

const crash = process.env.CRASH_AT
const seen = { disk: 0, http: 0 }

function reach(what) {
  if (`${what}:${++seen[what]}` === crash) process.kill(process.pid, 'SIGKILL')
}

const handle = await open(new URL(import.meta.url))
const prototype = Object.getPrototypeOf(handle)
await handle.close()
for (const name of ['write', 'writeFile', 'appendFile', 'sync', 'datasync']) {
  const original = prototype[name]
  prototype[name] = function (...args) {
    reach('disk')
    return original.apply(this, args)
  }
}
diagnostics.subscribe('http.client.request.start', () => reach('http'))
diagnostics.subscribe('undici:request:create', ({ request }) => {
  if (!request.path.startsWith('/_lab')) reach('http')
})
if (process.env.CRASH_COUNT) {
  process.on('exit', () => writeFileSync(process.env.CRASH_COUNT, JSON.stringify(seen)))
}
