import { basename, join, resolve } from 'node:path'
import type { Gate } from '../gate/gate.ts'
import { say } from '../gate/output.ts'
import { REAL } from '../model/timing.ts'
import { openGate } from '../toolkit/gate.ts'
import { foldersOf } from './folders.ts'
import { GATE_FLAGS, GATE_VERBS } from './gate-words.ts'

const USAGE = `interdict-gate: decides an AI agent's tool calls before they run

  interdict-gate hook --harness claude|codex|cursor|gemini|qwen [--agent NAME] [--policy FILE]
  interdict-gate mcp [--server NAME] [--agent NAME] [--policy FILE] -- COMMAND [ARGUMENT…]
  interdict-gate check FILE      every problem of a policy, with line and column
  interdict-gate compile [FILE]  check a policy and keep what it compiles to beside it
  interdict-gate log             the decisions, and whether their journal is whole
  interdict-gate sessions        sessions that may have a program open which no hook sees
  interdict-gate pins --server NAME [--accept SERVER/TOOL]
                                 the tools that are pinned, and what those that changed are now
  interdict-gate help, version

  hook and mcp ask a policy engine after the rules of the policy:
  --policy-engine opa=http://127.0.0.1:8181/v1/data/gate/decision   or https://…, or unix:SOCKET:/v1/data/…
  --policy-engine cedar=FILE[,entities=FILE][,schema=FILE]
  --policy-engine-ca FILE, --policy-engine-token FILE               authorities and bearer token for opa

  --state FOLDER   folder of the runs (INTERDICT_STATE)
  --config FOLDER  folder of the keys and of gate.yaml (INTERDICT_CONFIG)
`

interface Words {
  flags: { [name: string]: string }
  words: string[]
  /** The arguments behind `--`. */
  rest: string[]
}

/** A word that the gate does not know; what it says is completed with the one that was probably meant. */
class UnknownWord extends Error {
  readonly word: string
  readonly known: readonly string[]

  constructor(message: string, word: string, known: readonly string[]) {
    super(message)
    this.word = word
    this.known = known
  }
}

/** Runs `interdict-gate`; resolves to the exit code, which is 2 for every failure: harnesses take that as a block. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return asksForHelp(argv) ? printHelp() : await run(argv[0], parseWords(argv.slice(1)))
  } catch (error) {
    const { messageOf } = await import('../gate/gate.ts')
    const next = await nextOf(error)
    say(2, `interdict-gate refused: ${messageOf(error)}${next === undefined ? '' : `\n  → ${next}`}\n`)
    return 2
  }
}

async function nextOf(error: unknown): Promise<string | undefined> {
  if (error instanceof UnknownWord) {
    const { nextOf: near } = await import('./gate-verbs.ts')
    return near(error.word, error.known)
  }
  return error instanceof Error && 'next' in error ? String(error.next) : undefined
}

/**
 * `help`, `--help`, or a command and nothing but `--help`: a hook with more words than that is a hook, which must not end with
 * the exit code of a help.
 */
function asksForHelp([first = '', second, ...more]: readonly string[]): boolean {
  const isHelp = (word: string | undefined) => word === '--help' || word === '-h'
  return first === 'help' || isHelp(first) || (isHelp(second) && more.length === 0)
}

function printHelp(): number {
  say(1, USAGE)
  return 0
}

async function run(verb: string | undefined, { flags, words, rest }: Words): Promise<number> {
  const agentOf = (fallback: string) => flags['agent'] ?? process.env['INTERDICT_AGENT'] ?? fallback
  switch (verb) {
    case 'hook': {
      const [{ hook }, { HARNESSES, isHarness }] = await Promise.all([
        import('../gate/hook.ts'),
        import('../gate/call.ts'),
      ])
      const harness = flags['harness'] ?? ''
      if (!isHarness(harness)) throw new Error(`--harness has to be one of ${HARNESSES.join(', ')}`)
      return await hook(harness, agentOf(harness), () => gateOf(flags))
    }
    case 'mcp': {
      const { proxy } = await import('../gate/mcp/proxy.ts')
      const [command] = rest
      if (command === undefined) throw new Error('the command of the server is missing: mcp -- COMMAND')
      const server = flags['server'] ?? basename(command).replace(/\.\w+$/, '')
      return await proxy(
        { command: rest, server, agent: agentOf('mcp') },
        Object.assign(await gateOf(flags), { syncLater: true }),
      )
    }
    case 'check':
    case 'compile':
    case 'log':
    case 'pins':
    case 'sessions': {
      const verbs = await import('./gate-verbs.ts')
      if (verb === 'check') return await verbs.check(words)
      const gate = await gateOf({ ...flags, ...(words[0] === undefined ? {} : { policy: words[0] }) })
      if (verb === 'sessions') return await verbs.sessions(gate)
      if (verb === 'pins') return await verbs.pins(gate, flags['server'], flags['accept'])
      return verb === 'compile' ? await verbs.compile(gate) : await verbs.log(gate)
    }
    case 'version':
    case '--version':
    case '-v': {
      const { version } = await import('./gate-verbs.ts')
      return version()
    }
    case undefined:
      say(2, USAGE)
      return 2
    default:
      throw new UnknownWord(`no command is called ${JSON.stringify(verb)}`, verb, GATE_VERBS)
  }
}

function parseWords(argv: readonly string[]): Words {
  const end = argv.indexOf('--')
  const ours = end < 0 ? argv : argv.slice(0, end)
  const parsed: Words = { flags: {}, words: [], rest: end < 0 ? [] : argv.slice(end + 1) }
  for (let index = 0; index < ours.length; index += 1) {
    const word = ours[index] ?? ''
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) {
      if (word.startsWith('-')) throw new Error(`unknown flag ${word}`)
      parsed.words.push(word)
    } else if (!GATE_FLAGS.includes(name)) throw unknownFlag(name)
    else {
      const value = inline ?? ours[++index]
      if (value === undefined || value === '') throw new Error(`--${name} needs a value`)
      parsed.flags[name] = value
    }
  }
  return parsed
}

function unknownFlag(name: string): UnknownWord {
  const known = GATE_FLAGS.map(flag => `--${flag}`)
  return new UnknownWord(`unknown flag --${name}`, `--${name}`, known)
}

/** Where a policy is looked for when none is named. */
export function policyPath(config: string): string {
  return join(config, 'gate.yaml')
}

/** The gate of these flags, else of the environment. */
export async function gateOf(flags: Words['flags']): Promise<Gate> {
  const folders = foldersOf({
    state: flags['state'] ?? (process.env['INTERDICT_STATE'] || undefined),
    config: flags['config'] ?? (process.env['INTERDICT_CONFIG'] || undefined),
  })
  const policy = flags['policy'] ?? (process.env['INTERDICT_GATE_POLICY'] || policyPath(folders.config))
  const gate = await openGate(folders, resolve(policy), REAL)
  return Object.assign(gate, await engineIn(flags))
}

async function engineIn(flags: Words['flags']): Promise<Pick<Gate, 'engine'>> {
  const engine = flags['policy-engine']
  const [ca, token] = [flags['policy-engine-ca'], flags['policy-engine-token']]
  if (engine === undefined) {
    if (ca === undefined && token === undefined) return {}
    throw new Error('--policy-engine-ca and --policy-engine-token need --policy-engine')
  }
  const { engineOf } = await import('../gate/engine/engine-of.ts')
  return { engine: await engineOf({ engine, ca, token }) }
}
