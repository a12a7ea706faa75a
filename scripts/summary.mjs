// One line over vitest's JSON reports, as the last line of a check: `N passed, N failed`.
import { readFileSync } from 'node:fs'

const total = { passed: 0, failed: 0 }
for (const file of process.argv.slice(2)) {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(file, 'utf8'))
  total.passed += numPassedTests
  total.failed += numFailedTests
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
process.exit(total.failed === 0 ? 0 : 1)
