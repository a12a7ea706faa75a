/**
 * Makes small faults in the core files, one at a time, and runs the tests that are nearest: a fault that no test notices is a promise
 * that nothing holds. Usage: npm run mutants -- [--file TEXT] [--most N] [--seed N] [--jobs N]
 *
 * Works in scratch copies. Ends with 1 if a mutant survives that README.md does not explain, or if it explains one that does not
 * survive any more.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FILES } from './files.mjs'
import { mutantsOf } from './mutate.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    most: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
})

/** `- FILE: WHAT in CODE: REASON`, each but the reason in backticks. */
const explained = new Set(
  [...readFileSync(new URL('README.md', import.meta.url), 'utf8').matchAll(/^- `(.+?)`: (.+?) in `(.+?)`: ./gm)].map(
    ([, file, what, code]) => `${file}: ${what} in ${code}`,
  ),
)

const work = Object.keys(FILES)
  .filter(file => file.includes(values.file))
  .flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return sample(mutantsOf(file, text), Number(values.most), Number(values.seed)).map(mutant => ({
      file,
      text,
      mutant,
      line: text.slice(0, mutant.start).split('\n').length,
      name: `${file}: ${mutant.what} in ${excerpt(text.slice(mutant.start, mutant.end))}`,
    }))
  })

const survivors = []
const began = performance.now()
const counts = { killed: 0, 'too slow': 0, survived: 0 }
const queue = [...work]
await Promise.all(Array.from({ length: Number(values.jobs) }, worker))
console.log(
  `${work.length} mutants in ${Math.round((performance.now() - began) / 1000)} s: ${JSON.stringify(counts)}`,
)
const strange = survivors.filter(each => !explained.has(each.name))
for (const { name, line } of strange) console.log(`not explained, line ${line}: ${name}`)
const tried = new Set(work.map(({ name }) => name))
const survived = new Set(survivors.map(({ name }) => name))
const idle = [...explained].filter(name => tried.has(name) && !survived.has(name))
for (const name of idle) console.log(`explained, and killed: ${name}`)
process.exitCode = strange.length + idle.length > 0 ? 1 : 0

async function worker() {
  const folder = mkdtempSync(join(tmpdir(), 'interdict-mutants-'))
  try {
    for (const each of ['src', 'test', 'playbooks', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
      cpSync(join(root, each), join(folder, each), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const whole = new Map()
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { file, text, mutant, name, line } = next
      if (!whole.has(file)) whole.set(file, await untouched(folder, file))
      const { start, end, by } = mutant
      writeFileSync(join(folder, file), text.slice(0, start) + by + text.slice(end))
      const result = await tested(folder, FILES[file], 5 * whole.get(file) + 60_000)
      writeFileSync(join(folder, file), text)
      counts[result]++
      if (result === 'survived') survivors.push(next)
      console.log(`${result.padEnd(8)} ${String(line).padStart(4)} ${name}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Returns how long the tests of a file take, in milliseconds. Throws if they fail as they are. */
async function untouched(folder, file) {
  const began = performance.now()
  if ((await tested(folder, FILES[file], 900_000)) !== 'survived') {
    throw new Error(`the tests of ${file} fail without a mutant`)
  }
  return performance.now() - began
}

function tested(folder, tests, limit) {
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--bail', '1', '--reporter', 'dot', ...tests],
    { cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder } },
  )
  return new Promise(resolve => {
    const timer = setTimeout(() => child.kill('SIGKILL'), limit)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      resolve(signal ? 'too slow' : code === 0 ? 'survived' : 'killed')
    })
  })
}

/** Takes so many of them, the same ones for the same seed, in their order. */
function sample(all, most, seed) {
  let state = seed
  const random = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
  const keyed = all.map((each, at) => ({ each, at, key: random() }))
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, most)
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each)
}

function excerpt(code) {
  const text = code.replace(/\s+/g, ' ').replaceAll('`', "'")
  return text.length > 70 ? `${text.slice(0, 69)}…` : text
}
