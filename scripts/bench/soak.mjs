import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const WATCH = fileURLToPath(new URL('soak-watch.mjs', import.meta.url))

/**
 * A watch under a steady stream of records for minutes, at each rate: memory after a forced collection, bytes written a second, and by how
 * much it is late. Prints each sample on the standard error as it comes.
 *
 * @param options `minutes` at each rate; `rate`: records a second, with commas
 */
export async function soak(root, { minutes = '10', rate = '300,900' }) {
  const rows = []
  for (const each of rate.split(',').map(Number)) rows.push(...(await at(root, each, Number(minutes))))
  return rows
}

async function at(root, rate, minutes) {
  const child = spawn(
    process.execPath,
    ['--expose-gc', WATCH, `${root}/dist`, String(rate), String(minutes)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise(resolve => child.once('exit', resolve))
  const samples = []
  for await (const line of createInterface({ input: child.stdout })) {
    process.stderr.write(`${rate}/s ${line}\n`)
    samples.push(JSON.parse(line))
  }
  if ((await ended) !== 0 || samples.length < 4)
    throw new Error(`the watch at ${rate} records a second did not end well`)
  // In the first half its memory fills up to its bounds.
  const late = samples.slice(samples.length >> 1)
  const last = samples.at(-1)
  const range = name => {
    const values = late.map(each => each[name])
    return `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} MB, ${slope(late, name).toFixed(0)} MB an hour`
  }
  const of = `watch, ${rate} records/s of 5,000 identities with duplicates, ${minutes} min`
  const written = (last.written - late[0].written) / (last.seconds - late[0].seconds)
  return [
    [`${of}: heap in use after a collection, second half`, range('heap')],
    [`${of}: resident, second half`, range('rss')],
    [`${of}: written a second, of that the state`, `${kilobytes(written)}, ${kilobytes(stateRate(late))}`],
    [`${of}: firings`, last.fired.toLocaleString('en')],
    [`${of}: late by, a batch`, `p50 ${last.lag.p50.toFixed(0)} ms, p99 ${last.lag.p99.toFixed(0)} ms`],
  ]
}

const kilobytes = bytes => `${(bytes / 1000).toFixed(0)} kB`

function stateRate(samples) {
  const [first, last] = [samples[0], samples.at(-1)]
  return (last.state - first.state) / (last.seconds - first.seconds)
}

/** Least squares, a hour. */
function slope(samples, name) {
  const mean = of => samples.reduce((sum, each) => sum + each[of], 0) / samples.length
  const [x, y] = [mean('seconds'), mean(name)]
  const over = samples.reduce((sum, each) => sum + (each.seconds - x) * (each[name] - y), 0)
  const under = samples.reduce((sum, each) => sum + (each.seconds - x) ** 2, 0)
  return (3600 * over) / under
}
