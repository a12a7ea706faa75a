import { homedir } from 'node:os'
import { PLATFORM } from '../platform/platform.ts'

/** Variables that make the clouds' libraries print requests with their tokens; the libraries read them when they are loaded. */
const NOISY = [
  ...['DEBUG', 'AZURE_LOG_LEVEL', 'TYPESPEC_RUNTIME_LOG_LEVEL', 'GOOGLE_SDK_NODE_LOGGING'],
  ...['GRPC_TRACE', 'GRPC_NODE_TRACE', 'GRPC_VERBOSITY', 'GRPC_NODE_VERBOSITY'],
]

/** Options of Node that open a debugger, or write what is in memory, in the environment or under TLS. */
const TELLING =
  /^--(?:inspect|debug|trace-tls$|trace-event|tls-keylog$|heapsnapshot|report-(?:on|uncaught)|experimental-(?:network|storage|worker)-inspection)/

/**
 * Makes the process safe for credentials; call it before a library is loaded. Returns why the program must not start (`undefined`
 * if it may): Node's own logs of requests, its inspector, its TLS keys, its snapshots and its reports hold tokens and secrets, and
 * Node has acted on their settings already.
 */
export function secureProcess(): string | undefined {
  const leaky = [
    ...['NODE_DEBUG', 'NODE_DEBUG_NATIVE'].filter(name => process.env[name]),
    ...(telling((process.env['NODE_OPTIONS'] ?? '').split(/[\s"']+/)).length > 0 ? ['NODE_OPTIONS'] : []),
  ]
  const given = telling(process.execArgv)
  if (leaky.length > 0 || given.length > 0) {
    const what = leaky.length > 0 ? `${leaky.join(', ')} in the environment` : `node ${given.join(' ')}`
    const next =
      leaky.length > 0 ? `unset ${leaky.join(' ')}` : 'start it as interdict, without options of node'
    return `✖ refused with ${what}: Node would write tokens and secrets to its logs, or let others read them\n  next: ${next}\n`
  }
  ignoreNoise()
  nameHome()
  return undefined
}

function ignoreNoise(): void {
  const noisy = NOISY.filter(name => process.env[name])
  for (const name of noisy) delete process.env[name]
  if (noisy.length > 0)
    process.stderr.write(`interdict: ${noisy.join(', ')} ignored: libraries would print tokens\n`)
}

/**
 * Libraries look these up in the passwd file when they are missing, and throw for a number that has no entry there, as in many
 * containers. Container runtimes set HOME to / in that case.
 */
function nameHome(): void {
  if (!PLATFORM.hasPasswd) return
  process.env['SHELL'] ||= '/bin/sh'
  if (process.env['HOME']) return
  try {
    process.env['HOME'] = homedir()
  } catch {
    process.env['HOME'] = '/'
  }
}

function telling(options: readonly string[]): string[] {
  return options
    .map(option => (option.split('=')[0] ?? '').replaceAll('_', '-'))
    .filter(option => TELLING.test(option))
}
