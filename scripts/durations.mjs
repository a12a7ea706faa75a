// `node scripts/durations.mjs REPORT`: keeps the seconds that each test file took in vitest's JSON report, for the order in which
// the next run starts them. Files under three seconds are left out.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [report] = process.argv.slice(2)
if (report === undefined) {
  process.stderr.write('usage: node scripts/durations.mjs REPORT\n')
  process.exit(2)
}
const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
const seconds = testResults
  .map(({ name, startTime, endTime }) => [relative(root, name), Math.round((endTime - startTime) / 1000)])
  .filter(([, taken]) => taken >= 3)
  .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
writeFileSync(
  join(root, 'test/setup/durations.json'),
  `${JSON.stringify(Object.fromEntries(seconds), undefined, 2)}\n`,
)
