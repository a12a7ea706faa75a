// `npm run test:opa`: runs test/opa against the real Open Policy Agent: the program in INTERDICT_OPA, or one that Go builds
// into .cache (about four minutes of one core, once).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = 'v1.22.4'
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function built() {
  const folder = join(root, '.cache', `opa-${VERSION}`)
  const program = join(folder, 'opa')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const { status, error } = spawnSync('go', ['install', `github.com/open-policy-agent/opa@${VERSION}`], {
    stdio: 'inherit',
    env: { ...process.env, GOBIN: folder },
  })
  if (status === 0) return program
  console.error(
    error ? 'Go is missing: install it, or name an opa program in INTERDICT_OPA' : 'Go could not build opa',
  )
  return process.exit(1)
}

const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/opa/vitest.config.ts',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, INTERDICT_TEST_OPA: process.env.INTERDICT_OPA || built() },
  },
)
process.exit(status ?? 1)
