import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { replay, tap } from './tap.mjs'

const SIZES = [10_000, 100_000]

/** A lab of its own with so many identities. */
export async function labOf(root, count) {
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=4096', join(root, 'scripts/bench/lab.mjs'), join(root, 'dist'), String(count)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the lab did not start'))),
  ])
  return {
    ...JSON.parse(line),
    async close() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

function listed(root, { endpoint, credentials }) {
  return new Promise((resolve, reject) => {
    const script = join(root, 'scripts/bench/list.mjs')
    const child = spawn(
      process.execPath,
      // As in the first line of bin/run.js.
      ['--max-semi-space-size=2', script, join(root, 'dist'), JSON.stringify({ endpoint, credentials })],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let out = ''
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.once('close', code =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`list ended with ${code}`)),
    )
  })
}

export async function inventory(root) {
  const rows = []
  for (const size of SIZES) {
    const lab = await labOf(root, size)
    const recorder = await tap(lab.endpoint)
    try {
      await listed(root, { ...lab, endpoint: recorder.endpoint })
      const direct = await listed(root, lab)
      const ceiling = await replay(lab.endpoint, recorder.exchanges)
      const count = direct.listed.toLocaleString('en')
      const rate = Math.round((direct.listed / direct.ms) * 1000).toLocaleString('en')
      rows.push(
        [
          `inventory of ${count}: API calls an identity`,
          `${(direct.calls / direct.listed).toFixed(3)} (${direct.calls} calls)`,
        ],
        [
          `inventory of ${count}: speed`,
          `${rate} identities/s; the same calls as bare HTTP take ${((ceiling / direct.ms) * 100).toFixed(0)} % of the time`,
        ],
        [`inventory of ${count}: peak memory`, `${direct.peakMb.toFixed(0)} MB`],
      )
    } finally {
      await recorder.close()
      await lab.close()
    }
  }
  return rows
}
