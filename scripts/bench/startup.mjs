import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROUNDS = 41

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/**
 * Start-up as multiples of bare Node: the median of the ratios of pairs, each with a bare Node of its own beside it, so that a busy
 * moment hits both. The single executable has rows if it is built (`npm run build:binary`).
 */
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
  const binary = join(root, '.cache/binary/interdict')
  const program = args => [process.execPath, [bin, ...args]]
  const cases = [
    ['start-up, `interdict --version`', ...program(['--version'])],
    ['start-up, `interdict status`, nothing held', ...program(['status'])],
    ['start-up, `interdict --help`', ...program(['--help'])],
  ]
  if (existsSync(binary)) {
    const size = Math.round(statSync(binary).size / 1e6)
    cases.push([`single executable of ${size} MB, \`interdict --version\``, binary, ['--version']])
    cases.push(['single executable, `interdict status`, nothing held', binary, ['status']])
  }
  const timed = (file, args) => {
    const begun = performance.now()
    const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${stderr}`)
    return performance.now() - begun
  }
  try {
    return cases.map(([name, file, args]) => {
      // The first run fills the compile cache.
      timed(file, args)
      const pairs = Array.from({ length: ROUNDS }, () => ({
        bare: timed(process.execPath, ['-e', '0']),
        ours: timed(file, args),
      }))
      const ratio = median(pairs.map(({ bare, ours }) => ours / bare)).toFixed(2)
      const ours = median(pairs.map(each => each.ours)).toFixed(0)
      const bare = median(pairs.map(each => each.bare)).toFixed(0)
      return [name, `${ratio} × bare node at p50 of ${ROUNDS} pairs (${ours} ms against ${bare} ms)`]
    })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
