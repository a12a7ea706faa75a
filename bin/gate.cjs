#!/usr/bin/env node
// A harness waits for this before every tool call, and takes any exit code but 2 as leave to go on. CommonJS and one
// file, since that starts faster; what is written is written when `main` resolves, so nothing is waited for at the end.
const refuse = error => {
  process.stderr.write(`interdict-gate refused: it cannot start: ${error.message}\n`)
  process.exit(2)
}
try {
  require('../dist/wiring/gate.cjs')
    .main(process.argv.slice(2))
    .then(code => process.exit(code), refuse)
} catch (error) {
  refuse(error)
}
