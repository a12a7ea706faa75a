import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROUNDS = 21

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Start-up as multiples of bare Node; the runs are interleaved, so that a busy moment hits all alike. */
export function startup(root) {
  const home = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
  const env = {
    ...process.env,
    HOME: home,
    INTERDICT_STATE: join(home, 'state'),
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
  }
  const bin = join(root, 'bin/run.js')
  const programs = {
    node: ['-e', '0'],
    version: [bin, '--version'],
    status: [bin, 'status'],
    help: [bin, '--help'],
  }
  const took = Object.fromEntries(Object.keys(programs).map(name => [name, []]))
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, args] of Object.entries(programs)) {
      const begun = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
      // The first round fills the compile cache.
      if (round > 0) took[name].push(performance.now() - begun)
    }
  }
  rmSync(home, { recursive: true, force: true })
  const bare = median(took.node)
  const row = name => {
    const ms = median(took[name])
    return `${(ms / bare).toFixed(1)} × bare node (${ms.toFixed(0)} ms against ${bare.toFixed(0)} ms)`
  }
  return [
    ['start-up, `interdict --version`', row('version')],
    ['start-up, `interdict status`, nothing held', row('status')],
    ['start-up, `interdict --help`', row('help')],
  ]
}
