#!/usr/bin/env node
// A harness waits for this before every tool call, and takes any exit code but 2 as leave to go on. CommonJS and one
// file, since that starts faster, with what V8 compiled it to at build time beside it: a third of what the hook adds.
// V8 takes that only from its own version, and compiles else. All output is written when `main` resolves, so nothing
// is waited for at the end.
const refuse = error => {
  process.stderr.write(`interdict-gate refused: it cannot start: ${error.message}\n`)
  process.exit(2)
}
try {
  const { readFileSync } = require('node:fs')
  const { join } = require('node:path')
  const { Script } = require('node:vm')
  const filename = join(__dirname, '../dist/cli/gate.cjs')
  const cached = () => {
    try {
      return { cachedData: readFileSync(`${filename}.cache`) }
    } catch {
      return {}
    }
  }
  const program = new Script(readFileSync(filename, 'latin1'), { filename, ...cached() })
  const exported = {}
  program.runInThisContext()(exported, require, async name => require(`../dist/program/${name}`))
  exported.main(process.argv.slice(2)).then(code => process.exit(code), refuse)
} catch (error) {
  refuse(error)
}
