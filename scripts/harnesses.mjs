// `npm run test:harnesses`: runs real harnesses, in the versions of scripts/harnesses-install.mjs, against a model on
// loopback, with the gate in front of their tools; prints what ran and what was blocked.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROGRAMS, ready } from './harnesses-install.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
ready()
const rows = mkdtempSync(join(tmpdir(), 'interdict-harnesses-'))
process.once('exit', () => rmSync(rows, { recursive: true, force: true }))
const vitest = [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  'test/harnesses/vitest.config.ts',
]
const { status } = spawnSync(process.execPath, [...vitest, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, INTERDICT_HARNESS_ROWS: rows },
})

const outcomes = Object.assign(
  {},
  ...readdirSync(rows).map(file => ({ [file]: JSON.parse(readFileSync(join(rows, file), 'utf8')) })),
)
const names = Object.keys(outcomes).sort()
const cases = [...new Set(names.flatMap(name => Object.keys(outcomes[name])))]
const versions = Object.values(PROGRAMS)
process.stdout.write(`\n| case | ${names.join(' | ')} |\n| --- |${' --- |'.repeat(names.length)}\n`)
for (const each of cases)
  process.stdout.write(`| ${each} | ${names.map(name => outcomes[name][each] ?? '‒').join(' | ')} |\n`)
process.stdout.write(
  `\nVersions: ${Object.keys(PROGRAMS)
    .map((name, at) => `${name} ${versions[at]}`)
    .join(', ')}\n`,
)
process.exit(status ?? 1)
