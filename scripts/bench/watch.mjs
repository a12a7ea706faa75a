import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MEASURE = fileURLToPath(new URL('observe.mjs', import.meta.url))

/** Events a second on one core from the raw record to the verdict, and what a million of them leave in memory. */
export async function watch(root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', MEASURE, `${root}/dist`], {
    encoding: 'utf8',
    maxBuffer: 1024 * 1024,
  })
  if (status !== 0) throw new Error(stderr)
  const { read, observed, groups, start, middle, end } = JSON.parse(stdout)
  const rate = value => `${Math.round(value).toLocaleString('en')} events/s`
  return [
    ['watch, CloudTrail JSON to signal, one core', rate(read)],
    ['watch, signal through 5 triggers with correlation, one core', rate(observed)],
    [
      `watch, heap over 1,000,000 events of ${groups.toLocaleString('en')} identities`,
      `${start} MB, at half ${middle} MB, at the end ${end} MB`,
    ],
  ]
}
