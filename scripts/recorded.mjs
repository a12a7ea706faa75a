// `npm run test:recorded`: has the real clients answered with what the real clouds were recorded to say, from the folder
// INTERDICT_RECORDED, and prints how much was held to it. Arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function refuse(text) {
  process.stderr.write(`interdict: ${text}\n`)
  process.exit(2)
}

const named = process.env.INTERDICT_RECORDED
if (!named) {
  refuse(
    'INTERDICT_RECORDED is not set. Set it to the folder of recorded answers, then: INTERDICT_RECORDED=FOLDER npm run test:recorded',
  )
}
const folder = resolve(named)
for (const cloud of ['aws', 'gcp']) {
  if (!existsSync(join(folder, cloud)))
    refuse(`INTERDICT_RECORDED is ${folder}, which has no folder ${cloud}`)
}

const tallies = mkdtempSync(join(tmpdir(), 'interdict-recorded-'))
process.once('exit', () => rmSync(tallies, { recursive: true, force: true }))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const command = [vitest, 'run', '--config', 'test/recorded/vitest.config.ts', ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, command, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, INTERDICT_RECORDED: folder, INTERDICT_TEST_TALLY: tallies },
})

let problems = 0
for (const file of readdirSync(tallies).sort()) {
  const tally = JSON.parse(readFileSync(join(tallies, file), 'utf8'))
  problems += tally.problems
  const unasked = Object.entries(tally.unasked).map(([operation, count]) => `${operation} ${count}`)
  process.stdout.write(
    `${tally.cloud}: answers served ${tally.answers} (from ${tally.files} recorded), identities compared ${tally.identities}, ` +
      `facts compared ${tally.facts}, readings compared ${tally.readings}, refusals compared ${tally.refusals}, problems ${tally.problems}\n`,
  )
  if (unasked.length > 0) {
    process.stdout.write(
      `${tally.cloud}: recorded, and never asked for by interdict: ${unasked.sort().join(', ')}\n`,
    )
  }
}
process.exit(status || (problems > 0 ? 1 : 0))
