// `npm run bench [startup|journal|gate|changes|inventory …] [-- --write]`: measures and prints a table; --write puts it into
// the README. Benchmarks are not tests: nothing here fails on a slow machine.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { changes } from './changes.mjs'
import { gate } from './gate.mjs'
import { inventory } from './inventory.mjs'
import { journal } from './journal.mjs'
import { reaction } from './reaction.mjs'
import { startup } from './startup.mjs'
import { watch } from './watch.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const built = path => import(pathToFileURL(join(root, 'dist', path)).href)
const parts = {
  startup: () => startup(root),
  journal: () => journal(built),
  gate: () => gate(root),
  changes: () => changes(root, built),
  inventory: () => inventory(root),
  reaction: () => reaction(root, built),
  watch: () => watch(root),
}

const words = process.argv.slice(2).filter(word => !word.startsWith('-'))
const wanted = words.length > 0 ? words : Object.keys(parts)
const unknown = wanted.find(word => !Object.hasOwn(parts, word))
if (unknown) {
  process.stderr.write(`unknown part ${unknown}; there are ${Object.keys(parts).join(', ')}\n`)
  process.exit(2)
}

const rows = []
for (const part of wanted) {
  process.stderr.write(`measuring ${part}\n`)
  rows.push(...(await parts[part]()))
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
const table = [['measured', 'result'], ['---', '---'], ...rows].map(row => `| ${row.join(' | ')} |`)
const text = `${table.join('\n')}\n\n${machine}.`
process.stdout.write(`${text}\n`)

if (process.argv.includes('--write')) {
  const file = join(root, 'README.md')
  const readme = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    readme.replace(/(<!-- bench -->\n)[\s\S]*?(\n<!-- \/bench -->)/, (_, a, b) => `${a}${text}${b}`),
  )
}
