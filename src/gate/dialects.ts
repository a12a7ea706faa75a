import type { Json } from '../model/json.ts'
import { type Call, type Decision, type Harness, isObject } from './call.ts'
import { builtInTool, readMcpName, serverTool } from './tool-names.ts'

/** The output of a hook, and its exit code. */
export interface Answer {
  stdout: string
  stderr: string
  exit: 0 | 2
}

/** How a harness tells of a tool call, and how it wants to be answered. */
interface Dialect {
  read(input: Input): Omit<Call, 'harness' | 'agent'>
  allow(decision: Decision): Answer
  deny(decision: Decision): Answer
  /** Undefined where the harness would run the tool, or drop the answer, instead of asking a person. */
  ask(decision: Decision, event: string): Answer | undefined
}

type Input = { [name: string]: Json }

/** Server of a tool whose server the harness does not report. */
const UNKNOWN_SERVER = 'mcp'

/** The call in a hook's input. Throws with a reason when it is not a tool call of this harness. */
export function readCall(harness: Harness, agent: string, input: unknown): { call: Call; event: string } {
  if (!isObject(input)) throw new Error('the input is not an object')
  const call = DIALECTS[harness].read(input)
  return { call: { harness, agent, ...call }, event: text(input, 'hook_event_name') }
}

/** The answer in the harness's dialect. Where a person cannot be asked through the hook, asking is refusing. */
export function answerOf(harness: Harness, decision: Decision, event: string): Answer {
  const dialect = DIALECTS[harness]
  // Codex runs the tool when a refusal has no reason.
  if (decision.reason.trim() === '')
    return answerOf(harness, { ...decision, reason: 'no reason given' }, event)
  if (decision.effect === 'allow') return dialect.allow(decision)
  if (decision.effect === 'deny') return dialect.deny(decision)
  const asked = dialect.ask(decision, event)
  if (asked) return asked
  const reason = `${decision.reason} (a person has to approve this, and ${harness} cannot ask from here)`
  return dialect.deny({ ...decision, reason })
}

/** The answer that every harness takes as a block when there is no decision: exit 2, the reason on stderr. */
export function blocked(reason: string): Answer {
  return { stdout: '', stderr: `interdict-gate refused: ${reason}\n`, exit: 2 }
}

const said = (value: Json): Answer => ({ stdout: `${JSON.stringify(value)}\n`, stderr: '', exit: 0 })

const preToolUse = (permissionDecision: string, permissionDecisionReason: string): Answer =>
  said({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason } })

/** Code.claude.com, "Hooks reference": an empty object leaves the decision to Claude Code's own permissions. */
const claude: Dialect = {
  read(input) {
    expectEvent(input, ['PreToolUse'])
    const name = required(input, 'tool_name')
    return {
      ...circumstances(input, 'session_id'),
      agentType: text(input, 'agent_type'),
      ...readMcpName(name, serverName(input['mcp_server'])),
      args: argsOf(input['tool_input']),
    }
  },
  allow: ({ grant, reason }) => (grant ? preToolUse('allow', reason) : said({})),
  deny: ({ reason }) => preToolUse('deny', reason),
  ask: ({ reason }) => preToolUse('ask', reason),
}

/** Qwen Code takes Claude Code's dialect (recorded from 0.24.4), and does not report the agent's type. */
const qwen: Dialect = {
  ...claude,
  read(input) {
    const { agentType: _, ...call } = claude.read(input)
    return call
  },
}

/**
 * Codex runs the tool when it does not know a field, when the answer is `ask`, and when a deny has no reason
 * (codex-rs/hooks/src/engine/output_parser.rs): only `{}` and a bare deny are safe.
 */
const codex: Dialect = {
  read: claude.read,
  allow: () => said({}),
  deny: claude.deny,
  ask: () => undefined,
}

const permission = (kind: string, reason: string): Answer =>
  said({ permission: kind, user_message: reason, agent_message: reason })

/**
 * Cursor.com/docs/hooks: each kind of call has an event of its own; only those of shell and MCP can ask. It does not report
 * the server of a tool: `MCP:<tool>` has the tool's own name, in which a server may write another one's.
 */
const cursor: Dialect = {
  read(input) {
    const event = expectEvent(input, [
      'preToolUse',
      'beforeShellExecution',
      'beforeMCPExecution',
      'beforeReadFile',
    ])
    const known = circumstances(input, 'conversation_id')
    if (event === 'beforeShellExecution') {
      const args = { command: required(input, 'command'), cwd: text(input, 'cwd') }
      return { ...known, ...builtInTool('Shell'), args }
    }
    if (event === 'beforeReadFile')
      return { ...known, ...builtInTool('Read'), args: { file_path: required(input, 'file_path') } }
    const name = required(input, 'tool_name')
    const args = argsOf(input['tool_input'])
    if (event === 'beforeMCPExecution' || name.startsWith('MCP:'))
      return { ...known, ...serverTool(UNKNOWN_SERVER, name.replace(/^MCP:/, '')), args }
    return { ...known, ...builtInTool(name), args }
  },
  allow: () => said({ permission: 'allow' }),
  deny: ({ reason }) => permission('deny', reason),
  ask: ({ reason }, event) =>
    event === 'beforeShellExecution' || event === 'beforeMCPExecution'
      ? permission('ask', reason)
      : undefined,
}

/** Geminicli.com/docs/hooks/reference: nothing but JSON on stdout. */
const gemini: Dialect = {
  read(input) {
    expectEvent(input, ['BeforeTool'])
    const name = required(input, 'tool_name')
    const context = isObject(input['mcp_context']) ? input['mcp_context'] : undefined
    const server = context && text(context, 'server_name')
    const known = circumstances(input, 'session_id')
    const args = argsOf(input['tool_input'])
    if (context && server)
      return { ...known, ...serverTool(server, text(context, 'tool_name') || name), args }
    // `mcp_server_tool` cannot be taken apart: both may contain underscores.
    if (name.startsWith('mcp_')) return { ...known, ...serverTool(UNKNOWN_SERVER, name.slice(4)), args }
    return { ...known, ...builtInTool(name), args }
  },
  allow: () => said({ decision: 'allow' }),
  deny: ({ reason }) => said({ decision: 'deny', reason }),
  ask: () => undefined,
}

const DIALECTS: { readonly [harness in Harness]: Dialect } = { claude, codex, cursor, gemini, qwen }

function text(input: Input, name: string): string {
  const value = input[name]
  return typeof value === 'string' ? value : ''
}

/** Session, folder and mode of a call, as far as the harness reports them. */
function circumstances(input: Input, session: string): Pick<Call, 'session' | 'cwd' | 'permissionMode'> {
  const [cwd, permissionMode] = [text(input, 'cwd'), text(input, 'permission_mode')]
  return {
    session: text(input, session),
    ...(cwd === '' ? {} : { cwd }),
    ...(permissionMode === '' ? {} : { permissionMode }),
  }
}

function required(input: Input, name: string): string {
  const value = text(input, name)
  if (value === '') throw new Error(`the input has no ${name}`)
  if (value.length > 512 && name === 'tool_name') throw new Error('the name of the tool is too long')
  return value
}

function expectEvent(input: Input, events: readonly string[]): string {
  const event = text(input, 'hook_event_name')
  if (!events.includes(event)) throw new Error(`the event has to be ${events.join(' or ')}`)
  return event
}

/** Arguments are an object, or its text: some versions of Cursor send that. */
function argsOf(value: Json | undefined): { [name: string]: Json } {
  if (isObject(value)) return value
  if (value === undefined || value === null || value === '') return {}
  const parsed: unknown = typeof value === 'string' ? parsedJson(value) : undefined
  if (!isObject(parsed)) throw new Error('tool_input is not an object')
  return parsed
}

function parsedJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function serverName(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value || undefined
  return isObject(value) ? text(value, 'name') || undefined : undefined
}
