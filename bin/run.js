#!/usr/bin/env -S node --max-semi-space-size=2
// The small young generation keeps the peak memory of a very large inventory under 300 MB (npm run bench inventory).
import module from 'node:module'
import { homedir } from 'node:os'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`✖ interdict needs Node 22.13 or later, and this is ${process.version}\n`)
  process.exit(2)
}
// Node's own logs of requests, its inspector, its TLS keys, its snapshots and its reports hold tokens and secrets. Node has
// acted on these before this line, so that leaving them out is not enough.
const leaky = [
  ...['NODE_DEBUG', 'NODE_DEBUG_NATIVE'].filter(name => process.env[name]),
  ...(optionsThatTell((process.env.NODE_OPTIONS ?? '').split(/[\s"']+/)).length > 0 ? ['NODE_OPTIONS'] : []),
]
const given = optionsThatTell(process.execArgv)
if (leaky.length > 0 || given.length > 0) {
  const why = 'Node would write tokens and secrets to its logs, or let others read them'
  const what = leaky.length > 0 ? `${leaky.join(', ')} in the environment` : `node ${given.join(' ')}`
  const next =
    leaky.length > 0 ? `unset ${leaky.join(' ')}` : 'start it as interdict, without options of node'
  process.stderr.write(`✖ refused with ${what}: ${why}\n  next: ${next}\n`)
  process.exit(2)
}
// The libraries of the clouds read these when they are loaded, and print requests with their tokens.
const noisy = [
  ...['DEBUG', 'AZURE_LOG_LEVEL', 'TYPESPEC_RUNTIME_LOG_LEVEL', 'GOOGLE_SDK_NODE_LOGGING'],
  ...['GRPC_TRACE', 'GRPC_NODE_TRACE', 'GRPC_VERBOSITY', 'GRPC_NODE_VERBOSITY'],
].filter(name => process.env[name])
for (const name of noisy) delete process.env[name]
if (noisy.length > 0) {
  process.stderr.write(`interdict: ${noisy.join(', ')} ignored: libraries would print tokens\n`)
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

/** Options of Node that open a debugger, or write what is in memory, in the environment or under TLS. */
function optionsThatTell(options) {
  return options
    .map(option => option.split('=')[0].replaceAll('_', '-'))
    .filter(option =>
      /^--(?:inspect|debug|trace-tls$|trace-event|tls-keylog$|heapsnapshot|report-(?:on|uncaught)|experimental-(?:network|storage|worker)-inspection)/.test(
        option,
      ),
    )
}
