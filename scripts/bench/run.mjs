// `npm run bench [startup|journal|gate|changes|inventory|accounts …] [-- --write]`: measures and prints a table; --write puts it into
// docs/numbers.md. `npm run bench fight [-- --cloud aws --seeds 5 --propagation 1 --period 0.3 --at-once 2]` has a table of its own,
// and takes half an hour: it runs only when it is named. `npm run bench accounts [-- --accounts 1,50,500]` takes some minutes, and so does
// `npm run bench pace [-- --pace 1000,5000,15]` (changes in one account, accounts
// with a change each, writes a second that the one account takes). `npm run bench peers [-- --peers 200,200 --rounds 1]` (access keys, roles)
// makes a Python environment. `npm run bench soak [-- --minutes 10 --rate 300,900]` keeps a watch under so many records a second for so long.
// Benchmarks are not tests: nothing here fails on a slow machine.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { accounts } from './accounts.mjs'
import { changes } from './changes.mjs'
import { FIGHT_OPTIONS, fight } from './fight.mjs'
import { gate } from './gate.mjs'
import { inventory } from './inventory.mjs'
import { journal } from './journal.mjs'
import { pace } from './pace.mjs'
import { peers } from './peers.mjs'
import { reaction } from './reaction.mjs'
import { soak } from './soak.mjs'
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
  accounts: () => accounts(root, options.accounts),
  pace: () => pace(root, options.pace),
  reaction: () => reaction(root, built),
  watch: () => watch(root),
  // Takes as long as it is given: only when it is named.
  ...(process.argv.includes('soak') ? { soak: () => soak(root, options) } : {}),
  // Needs Python, and makes an environment of its own the first time: only when it is named.
  ...(process.argv.includes('peers') ? { peers: () => peers(root, options) } : {}),
}

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    ...FIGHT_OPTIONS,
    accounts: { type: 'string' },
    pace: { type: 'string' },
    peers: { type: 'string' },
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    rate: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean' },
  },
})
const wanted = words.length > 0 ? words : Object.keys(parts)
const unknown = wanted.find(word => word !== 'fight' && !Object.hasOwn(parts, word))
if (unknown) {
  process.stderr.write(`unknown part ${unknown}; there are ${Object.keys(parts).join(', ')}, fight\n`)
  process.exit(2)
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`

if (wanted.includes('fight')) {
  process.stderr.write('measuring fight\n')
  const { head, rows, foot } = await fight(root, options)
  print('fights', head, rows, `${machine}. ${foot}`)
}

const rows = []
for (const part of wanted.filter(word => word !== 'fight')) {
  process.stderr.write(`measuring ${part}\n`)
  rows.push(...(await parts[part]()))
}
if (rows.length > 0) print('bench', ['measured', 'result'], rows, `${machine}.`)

/** Prints a table, and puts it between the marks of that name in docs/numbers.md. */
function print(name, head, body, foot) {
  const table = [head, head.map(() => '---'), ...body].map(row => `| ${row.join(' | ')} |`)
  const text = `${table.join('\n')}\n\n${foot}`
  process.stdout.write(`${text}\n`)
  if (!options.write) return
  const file = join(root, 'docs/numbers.md')
  const page = readFileSync(file, 'utf8')
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`)
  if (!place.test(page)) {
    process.stderr.write(
      `docs/numbers.md has no <!-- ${name} --> and <!-- /${name} -->: nothing was written\n`,
    )
    process.exitCode = 1
    return
  }
  writeFileSync(
    file,
    page.replace(place, (_, before, after) => `${before}${text}${after}`),
  )
}
