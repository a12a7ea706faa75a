#!/usr/bin/env -S node --max-semi-space-size=2
// The small young generation keeps the peak memory of a very large inventory under 300 MB (npm run bench inventory).
import module from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`✖ interdict needs Node 22.13 or later, and this is ${process.version}\n`)
  process.exit(2)
}
module.enableCompileCache()
const { main } = module.createRequire(import.meta.url)('../dist/program/main.cjs')
await main(process.argv.slice(2))
