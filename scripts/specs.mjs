// `npm run test:specs`: runs the suites of Google Cloud and Azure while their traffic is written down, then has every
// request and every answer judged by the vendors' own descriptions. Arguments go to the second run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { program, ready } from './venv.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tap = pathToFileURL(join(root, 'test/specs/tap.preload.mjs')).href

function vitest(config, args, env) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const command = [vitest, 'run', '--config', join('test/specs', config), ...args]
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}

ready()
if (!process.env.INTERDICT_SPECS) {
  process.stderr.write(
    "interdict: INTERDICT_SPECS is not set: Microsoft Graph is not judged. docs/checks.md says where to get Graph's schema.\n",
  )
}
const record = mkdtempSync(join(tmpdir(), 'interdict-record-'))
process.once('exit', () => rmSync(record, { recursive: true, force: true }))
const env = { INTERDICT_TEST_RECORD: record }
const recorded = vitest('vitest.record.config.ts', [], {
  ...env,
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${tap}`.trim(),
})
const judged = vitest('vitest.config.ts', process.argv.slice(2), {
  ...env,
  INTERDICT_TEST_PYTHON: program('python'),
})
process.exit(recorded || judged)
