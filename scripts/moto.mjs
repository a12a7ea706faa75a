// `npm run test:moto`: starts Azurite on loopback, runs test/moto (each file with a moto server of its own), test/specs and what
// of test/sources is a real queue's, ends it.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { azurite } from './azurite.mjs'
import { program, ready } from './venv.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function ended(child) {
  return new Promise(resolve => child.once('close', (code, signal) => resolve(signal ? 1 : (code ?? 1))))
}

ready()
const queues = await azurite('queue')
const blobs = await azurite('blob')
if (queues === undefined || blobs === undefined) process.exit(1)
const vitest = spawn(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/moto/vitest.config.ts',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      INTERDICT_TEST_AZURITE: queues.connection,
      INTERDICT_TEST_AZURITE_BLOB: blobs.connection,
      INTERDICT_TEST_PYTHON: program('python'),
    },
  },
)
const code = await ended(vitest)
await queues.end()
await blobs.end()
process.exit(code)
