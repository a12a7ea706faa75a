import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeFlags } from './node-flags.mjs'
import { replay, tap } from './tap.mjs'

const GOOGLE = { cloud: 'gcp', scope: { labels: { bench: 'yes' } } }

/** Two sizes of each, so that it shows whether memory grows with them. */
const ESTATES = [
  { name: 'AWS', cloud: 'aws', scope: { accounts: ['self'] }, count: 10_000 },
  { name: 'AWS', cloud: 'aws', scope: { accounts: ['self'] }, count: 100_000 },
  { ...GOOGLE, name: 'Google Cloud, 50 projects', count: 2_000, projects: 50 },
  { ...GOOGLE, name: 'Google Cloud, 500 projects', count: 20_000, projects: 500 },
  {
    ...GOOGLE,
    name: 'Google Cloud, 500 projects, service accounts alone',
    kinds: ['service-account'],
    count: 20_000,
    projects: 500,
  },
  { name: 'Azure', cloud: 'azure', scope: {}, count: 3_000 },
  { name: 'Azure', cloud: 'azure', scope: {}, count: 30_000 },
]

/** A lab of its own with so many identities, over so many projects where the cloud has them; `throttle` as in `startLab`. */
export async function labOf(root, { cloud, count, projects = 1, throttle }) {
  const script = join(root, 'scripts/bench/lab.mjs')
  const size = [cloud, String(count), String(projects), JSON.stringify(throttle ?? false)]
  const child = spawn(process.execPath, ['--max-old-space-size=4096', script, join(root, 'dist'), ...size], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
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

function listed(root, asked) {
  return new Promise((resolve, reject) => {
    const script = join(root, 'scripts/bench/list.mjs')
    const child = spawn(
      process.execPath,
      [...nodeFlags(root), script, join(root, 'dist'), JSON.stringify(asked)],
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
  for (const estate of ESTATES) {
    const lab = await labOf(root, estate)
    const recorder = await tap(lab.endpoint)
    try {
      const asked = { ...estate, credentials: lab.credentials }
      await listed(root, { ...asked, endpoint: recorder.endpoint })
      const direct = await listed(root, { ...asked, endpoint: lab.endpoint })
      const ceiling = await replay(lab.endpoint, recorder.exchanges)
      const count = direct.listed.toLocaleString('en')
      const rate = Math.round((direct.listed / direct.ms) * 1000).toLocaleString('en')
      const of = `inventory of ${count} (${estate.name})`
      rows.push(
        [
          `${of}: API calls an identity`,
          `${(direct.calls / direct.listed).toFixed(3)} (${direct.calls.toLocaleString('en')} calls)`,
        ],
        [
          `${of}: speed`,
          `${rate} identities/s; the same calls as bare HTTP take ${((ceiling / direct.ms) * 100).toFixed(0)} % of the time`,
        ],
        [`${of}: peak memory`, `${direct.peakMb.toFixed(0)} MB`],
      )
    } finally {
      await recorder.close()
      await lab.close()
    }
  }
  return rows
}
