/**
 * Makes small faults in the core files, one at a time, and runs the tests that are nearest: a fault that no test notices is a promise
 * that nothing holds. Usage: npm run mutants -- [--file TEXT] [--jobs N] [--sample N [--seed TEXT]]
 *
 * Works in scratch copies. Ends with 1 if a mutant survives that README.md does not explain, or if README.md explains one that does
 * not survive.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FILES } from './files.mjs'
import { mutated } from './mutate.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const COPIED = ['src', 'test', 'playbooks', 'package.json', 'tsconfig.json', 'vitest.config.ts']
/** In memory where there is such a folder: the tests that write journals wait for the disk otherwise. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
/** A mutant that says nothing for so long never ends. Milliseconds. */
const SILENT_MS = 40_000
/** Processes of vitest that run, so that none outlives this one. */
const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const { pid } of running) process.kill(-pid, 'SIGKILL')
    process.exit(1)
  })
}

const CONFIG = {
  test: {
    include: ['test/**/*.test.ts'],
    runner: fileURLToPath(new URL('runner.mjs', import.meta.url)),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
}

const { values } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    sample: { type: 'string' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
})

/** `- FILE: WHAT in CODE: REASON`, with FILE and CODE in backticks. */
const explained = new Set(
  [
    ...readFileSync(new URL('README.md', import.meta.url), 'utf8').matchAll(
      /^- `(.+?)`: (.+?) in `(.+?)`: ./gm,
    ),
  ].map(([, file, what, code]) => `${file}: ${what} in ${code}`),
)

const began = performance.now()
const results = []
const queue = Object.keys(FILES).filter(file => file.includes(values.file))
const sampled = values.sample === undefined ? undefined : sampleOf(Number(values.sample), values.seed)
if (sampled) console.log(`a sample of ${sampled.size} mutants, with --seed ${values.seed}`)
await Promise.all(Array.from({ length: Number(values.jobs) }, worker))

const all = results.flat()
const of = outcome => all.filter(each => each.outcome === outcome)
const counts = ['killed', 'endless', 'alive', 'unreached'].map(outcome => `${of(outcome).length} ${outcome}`)
console.log(
  `${all.length} mutants in ${Math.round((performance.now() - began) / 1000)} s: ${counts.join(', ')}`,
)
const survivors = [...of('alive'), ...of('unreached')]
const strange = survivors.filter(({ name }) => !explained.has(name))
for (const { name, line, outcome } of strange) console.log(`${outcome}, line ${line}: ${name}`)
const survived = new Set(survivors.map(({ name }) => name))
const files = new Set(all.map(({ file }) => file))
const idle = sampled
  ? []
  : [...explained].filter(name => files.has(name.split(': ')[0]) && !survived.has(name))
for (const name of idle) console.log(`explained, and does not survive: ${name}`)
process.exitCode = strange.length + idle.length > 0 ? 1 : 0

async function worker() {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const found = await mutantsOf(file)
    results.push(found)
    const killed = found.filter(({ outcome }) => outcome === 'killed' || outcome === 'endless').length
    console.log(`${String(killed).padStart(4)} of ${String(found.length).padEnd(4)} killed  ${file}`)
  }
}

/** Returns so many mutants of all files, as `file id`: by their hashes, so that the same seed gives the same ones. */
function sampleOf(count, seed) {
  const hashOf = name => createHash('sha256').update(`${seed} ${name}`).digest('hex')
  const all = queue.flatMap(file =>
    mutated(file, readFileSync(join(root, file), 'utf8')).mutants.map(({ id }) => `${file} ${id}`),
  )
  const sorted = all.map(name => ({ name, hash: hashOf(name) })).sort((a, b) => (a.hash < b.hash ? -1 : 1))
  return new Set(sorted.slice(0, count).map(({ name }) => name))
}

/** Tries the mutants of a file. */
async function mutantsOf(file) {
  const { text, mutants: all } = mutated(file, readFileSync(join(root, file), 'utf8'))
  const mutants = all.filter(({ id }) => !sampled || sampled.has(`${file} ${id}`))
  if (mutants.length === 0) return []
  const folder = mkdtempSync(join(SCRATCH, 'interdict-mutants-'))
  try {
    for (const each of COPIED) cpSync(join(root, each), join(folder, each), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'mutants.config.mjs'), `export default ${JSON.stringify(CONFIG)}`)
    writeFileSync(join(folder, file), text)
    const outcomes = new Map()
    for (;;) {
      const open = mutants.filter(({ id }) => !['killed', 'endless'].includes(outcomes.get(id)))
      const stuck = await tried(folder, FILES[file], open, outcomes)
      if (stuck.length === 0) break
      for (const id of stuck) outcomes.set(id, 'endless')
    }
    return mutants.map(({ id, line, what, code }) => ({
      file,
      line,
      name: `${file}: ${what} in ${code}`,
      outcome: outcomes.get(id) ?? 'unreached',
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the tests with these mutants. Returns those in which the run got stuck; then it has to be run again. */
async function tried(folder, tests, mutants, outcomes) {
  const log = join(folder, 'mutants.log')
  writeFileSync(log, '')
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'mutants.config.mjs',
      '--reporter',
      'dot',
      ...tests,
    ],
    {
      cwd: folder,
      // A mutant may leave work behind whose errors nobody handles.
      stdio: 'ignore',
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: join(folder, 'tmp'),
        MUTANTS_LOG: log,
        MUTANTS_IDS: mutants.map(({ id }) => id).join(','),
      },
    },
  )
  running.add(child)
  const isStuck = await new Promise(resolve => {
    const timer = setInterval(() => {
      if (Date.now() - statSync(log).mtimeMs < SILENT_MS) return
      process.kill(-child.pid, 'SIGKILL')
      resolve(true)
    }, 1_000)
    child.on('exit', () => {
      clearInterval(timer)
      resolve(false)
    })
  })
  running.delete(child)
  const inHand = new Map()
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    const [word, id, who, ...why] = line.split(' ')
    if (word === 'broken') throw new Error(`a test fails without a mutant: ${why.join(' ')}`)
    if (word === 'try') inHand.set(who, Number(id))
    else if (word !== '') {
      inHand.delete(who)
      if (outcomes.get(Number(id)) !== 'killed') outcomes.set(Number(id), word)
    }
  }
  return isStuck ? [...inHand.values()] : []
}
