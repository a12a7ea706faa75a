#!/usr/bin/env -S node --max-semi-space-size=2
// The small young generation keeps the peak memory of a very large inventory under 300 MB (npm run bench inventory).
import module from 'node:module'
import { homedir } from 'node:os'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`✖ interdict needs Node 22.13 or later, and this is ${process.version}\n`)
  process.exit(2)
}
// Libraries look these up in the passwd file when they are missing, and throw for a number that has no entry there, as
// in many containers. Container runtimes set HOME to / in that case.
if (process.platform !== 'win32') {
  process.env.SHELL ||= '/bin/sh'
  try {
    process.env.HOME ||= homedir()
  } catch {
    process.env.HOME = '/'
  }
}
module.enableCompileCache()
const { execute } = await import('@oclif/core/execute')
await execute({ dir: import.meta.url })
