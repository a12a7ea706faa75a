// Loaded with --import into the real program: strikes it at one exact point, or counts the points.
//   journal:3:torn      half of the third journal append is written
//   journal:3:before    the third journal append is written and not yet synced
//   journal:3:after     the third journal append is on disk and nothing has happened since
//   http:5:sent         the fifth request is on its way: the cloud may or may not have it
//   http:5:answered     the cloud has done it and the program has not heard
// CRASH_AT=<point>       kills it there, with SIGKILL
// INTERRUPT_AT=<points>  sends it SIGINT at each of them (commas between), and lets it go on
// CRASH_COUNT=<file>     writes {"journal": n, "http": n} at the end instead
import diagnostics from 'node:diagnostics_channel'
import { writeFileSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'

const crash = process.env.CRASH_AT
const interrupts = new Set((process.env.INTERRUPT_AT ?? '').split(','))
const seen = { journal: 0, http: 0, answered: 0 }

function reach(point) {
  if (interrupts.has(point)) process.kill(process.pid, 'SIGINT')
  if (point === crash) process.kill(process.pid, 'SIGKILL')
}

// The journal syncs each group of appends once, and nothing else in the program calls write on a handle or
// datasync.
const handle = await open(new URL(import.meta.url))
const prototype = Object.getPrototypeOf(handle)
await handle.close()
const { write, datasync } = prototype
prototype.write = async function (data, at, length) {
  const point = `journal:${seen.journal + 1}:torn`
  if (point === crash) writeSync(this.fd, data.subarray(0, data.length >> 1))
  reach(point)
  return await write.call(this, data, at, length)
}
prototype.datasync = async function () {
  const count = ++seen.journal
  reach(`journal:${count}:before`)
  await datasync.call(this)
  reach(`journal:${count}:after`)
}

const sent = () => reach(`http:${++seen.http}:sent`)
const answered = () => reach(`http:${++seen.answered}:answered`)
diagnostics.subscribe('http.client.request.start', sent)
diagnostics.subscribe('http.client.response.finish', answered)
// `fetch` has channels of its own. A request to the lab's own routes is not a call of a cloud.
const toCloud =
  then =>
  ({ request }) => {
    if (!request.path.startsWith('/_lab')) then()
  }
diagnostics.subscribe('undici:request:create', toCloud(sent))
diagnostics.subscribe('undici:request:trailers', toCloud(answered))

if (process.env.CRASH_COUNT) {
  process.on('exit', () => writeFileSync(process.env.CRASH_COUNT, JSON.stringify(seen)))
}
