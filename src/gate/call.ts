import type { Json } from '../model/json.ts'

export const HARNESSES = ['claude', 'codex', 'cursor', 'gemini', 'qwen'] as const
export type Harness = (typeof HARNESSES)[number]

export function isHarness(name: string): name is Harness {
  return (HARNESSES as readonly string[]).includes(name)
}

/** A tool call of an agent, from any harness or from the MCP proxy. */
export interface Call {
  harness: Harness | 'mcp'
  /** As the policy names it. */
  agent: string
  session: string
  /** A built-in tool by its name (`Bash`), a tool of an MCP server as `server/tool`: neither can pose as the other. */
  tool: string
  /** Empty for built-in tools. */
  server: string
  args: { [name: string]: Json }
  /** The folder in which the tool would run, absolute. Absent when the harness does not report it. */
  cwd?: string
  /** Kind of the agent as the harness names it, empty for the main one. Absent when the harness does not report it. */
  agentType?: string
  /** The harness's own permission mode (`default`, `bypassPermissions`). Absent when it does not report it. */
  permissionMode?: string
}

export type Effect = 'allow' | 'ask' | 'deny'

/**
 * Who decided.
 * - `held`: an open run holds the agent's identity
 * - `policy`: a rule, or the default
 * - `pin`: the tool's definition is not the one that was first seen
 * - `error`: it could not be decided
 */
export type Because = 'held' | 'policy' | 'pin' | 'error'

export interface Decision {
  effect: Effect
  because: Because
  /** One line for people and for the model; holds nothing of the arguments. */
  reason: string
  /** Name of the rule; absent when none matched. */
  rule?: string
  /** The run that holds the agent. */
  run?: string
  /** The policy wants the harness not to ask its own questions about what it allows. */
  grant?: true
}

const MOST_DEPTH = 64
const MOST_VALUES = 100_000

const JUDGED = { depth: MOST_DEPTH, values: MOST_VALUES }

/** Why a value is more than is judged, or undefined. Walks without recursion: the depth is an attacker's. */
export function sizeFlaw(value: Json, most = JUDGED): string | undefined {
  let level: Json[] = [value]
  let seen = 0
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most.depth) return `nested deeper than ${most.depth}`
    const next: Json[] = []
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue
      for (const member of Array.isArray(each) ? each : Object.values(each)) next.push(member)
      if (seen + next.length > most.values) return `more than ${most.values} values`
    }
    seen += next.length
    level = next
  }
  return undefined
}

export function isObject(value: unknown): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
