import type { Json } from '../../model/json.ts'
import { readPlainSync } from '../../store/files-sync.ts'
import { threadProgram } from '../../store/shipped-files.ts'
import { BoundedThread } from '../bounded-thread.ts'
import { isObject } from '../call.ts'
import type { CedarAnswer, CedarQuestion } from './cedar-worker.ts'
import type { Engine, EngineQuestion } from './engine.ts'

/** Files of a Cedar policy store. */
export interface CedarFiles {
  policies: string
  /** JSON list of entities beside those of the call. */
  entities?: string
  /** Schema in Cedar's own syntax; with one, calls that do not fit it are refused. */
  schema?: string
}

const MOST_BYTES = 4 * 1024 * 1024

/** Cedar's own evaluator, from its WebAssembly build, in a thread that is ended with the budget. */
export function cedarEngine(files: CedarFiles): Engine {
  const thread = new BoundedThread<CedarQuestion, CedarAnswer>(
    threadProgram('./cedar-worker', import.meta.url),
    {
      problem: 'its evaluation failed',
    },
  )
  return {
    async decide(question, budget) {
      const answer = await thread.ask(
        {
          policies: textOf(files.policies),
          ...(files.entities === undefined ? {} : { entities: textOf(files.entities) }),
          ...(files.schema === undefined ? {} : { schema: textOf(files.schema) }),
          ...requestOf(question),
        },
        budget,
      )
      if ('problem' in answer) throw new Error(`Cedar cannot decide: ${answer.problem}`)
      return answer
    },
  }
}

function textOf(path: string): string {
  const bytes = readPlainSync(path, MOST_BYTES)
  if (bytes === undefined) throw new Error(`Cedar cannot decide: ${path} is missing`)
  return bytes.toString('utf8')
}

type Request = Pick<CedarQuestion, 'principal' | 'resource' | 'context' | 'parents'>

/** `Agent::"refunds"` in its `Identity`s asks for `Action::"call"` of `Tool::"payments/refund"` in `Server::"payments"`. */
function requestOf({ call, identities, time }: EngineQuestion): Request {
  const { harness, agent, session, tool, server, cwd, agentType, permissionMode, args } = call
  return {
    principal: agent,
    resource: tool,
    parents: { principal: [...identities], resource: server === '' ? [] : [server] },
    context: {
      harness,
      session,
      ...(cwd === undefined ? {} : { cwd }),
      ...(agentType === undefined ? {} : { agentType }),
      ...(permissionMode === undefined ? {} : { permissionMode }),
      time: { __extn: { fn: 'datetime', arg: time.toISOString() } },
      args: cedarValue(args),
    },
  }
}

/** Cedar reads these members as something else than a record. */
const ESCAPES = ['__entity', '__extn', '__expr']

/** Null members are left out, since Cedar has no null; fractions are its `decimal`, with up to four digits. */
function cedarValue(value: Json): Json {
  if (Array.isArray(value)) {
    if (value.includes(null)) throw new Error('Cedar cannot decide: a list in the arguments holds null')
    return value.map(cedarValue)
  }
  if (isObject(value)) {
    const members = Object.entries(value).filter(([, inner]) => inner !== null)
    if (members.some(([name]) => ESCAPES.includes(name)))
      throw new Error('Cedar cannot decide: an argument has a name that Cedar keeps for itself')
    return Object.fromEntries(members.map(([name, inner]) => [name, cedarValue(inner)]))
  }
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const arg = value.toFixed(4)
  if (Number(arg) !== value || Math.abs(value) > MOST_DECIMAL)
    throw new Error('Cedar cannot decide: an argument is a fraction that Cedar cannot hold exactly')
  return { __extn: { fn: 'decimal', arg } }
}

/** Cedar's decimals are 64-bit integers of ten-thousandths. */
const MOST_DECIMAL = 9e11
