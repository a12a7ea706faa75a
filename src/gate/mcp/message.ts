import type { Json } from '../../model/json.ts'
import { type Decision, isObject, sizeFlaw } from '../call.ts'

export type Message = { [name: string]: Json }
export type Id = string | number

/** `wire` is the same value with the numbers spelled as they were; it is only ever written again. */
export interface Request {
  kind: 'request'
  id: Id
  method: string
  params: Message | undefined
  wire: Message | undefined
}

export interface Notification {
  kind: 'notification'
  method: string
  params: Message | undefined
  wire: Message | undefined
}

export interface Answer {
  kind: 'answer'
  id: Id
  outcome: { result: Message; wire: Message } | { error: Message }
}

/** A message that two readers could take for two things, or that is none. It is never passed on. */
export interface Flawed {
  kind: 'flawed'
  /** Null when it has no id that can be given back. */
  id: Id | null
  /** It names a method, so its sender waits for an answer. */
  asks: boolean
  flaw: string
}

export type Parsed = Request | Notification | Answer | Flawed

/** Reads the messages of one line; a batch is several. Throws with a reason when the line is not JSON or holds something else. */
export function readMessages(text: string): Parsed[] {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('not JSON')
  }
  // A nested value is walked by recursion here; what is nested too deeply is refused, however its numbers are spelled.
  const spelled: Json =
    ODD_NUMBER.test(text) && sizeFlaw(value, WALKED) === undefined ? JSON.parse(text, keepSpelling) : value
  const [plain, wire] = [value, spelled].map(each => (Array.isArray(each) ? each : [each]))
  if (plain === undefined || plain.length === 0) throw new Error('an empty batch')
  return plain.map((each, index) => {
    const written = wire?.[index]
    if (!isObject(each) || !isObject(written)) throw new Error('not a message')
    return parsed(each, written)
  })
}

/** Numbers that JSON.parse and JSON.stringify would not give back as they were: `1.0`, `1e3`, twenty digits. */
const ODD_NUMBER = /\d{16}|\d\.\d*0(?!\d)|\d[eE]|-0(?![.\d])/

type Spelling = JSON & { rawJSON?(text: string): unknown }

function keepSpelling(_: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  return (JSON as Spelling).rawJSON?.(context.source) ?? value
}

const NAMES = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
const PARAMS = [
  ...['name', 'arguments', 'uri', 'cursor', 'task', 'taskId', 'requestId', '_meta'],
  ...['inputResponses', 'requestState', 'notifications', 'ref', 'argument', 'progressToken'],
]

/** A name as a lax reader compares it: without case, white space and characters that are not seen. */
export function folded(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\p{C}\p{Z}\s]/gu, '')
    .toUpperCase()
    .toLowerCase()
}

/** The first of the members that a lax reader takes for one of the names, and a strict reader does not. */
export function lookAlike(members: Message | undefined, names: readonly string[]): string | undefined {
  const known = names.map(folded)
  return Object.keys(members ?? {}).find(name => !names.includes(name) && known.includes(folded(name)))
}

function parsed(message: Message, wire: Message): Parsed {
  const { id, method, params, result, error } = message
  const known = typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null
  const flawed = (flaw: string): Flawed => ({ kind: 'flawed', id: known, asks: 'method' in message, flaw })
  if (lookAlike(message, NAMES) !== undefined)
    return flawed('a member that differs from another one in spelling only')
  if (message['jsonrpc'] !== '2.0') return flawed('not JSON-RPC 2.0')
  if ('id' in message && known === null) return flawed('the id is neither a text nor a whole number')
  const answers = 'result' in message || 'error' in message
  if ('method' in message) {
    if (typeof method !== 'string') return flawed('the method is not a text')
    if (answers) return flawed('both a request and an answer')
    if (params !== undefined && params !== null && !isObject(params)) return flawed('params is not an object')
    if (isObject(params) && lookAlike(params, PARAMS) !== undefined)
      return flawed('a member that differs from another one in spelling only')
    const written = wire['params']
    const rest = {
      method,
      params: isObject(params) ? params : undefined,
      wire: isObject(written) ? written : undefined,
    }
    return known === null ? { kind: 'notification', ...rest } : { kind: 'request', id: known, ...rest }
  }
  if (known === null || !answers) return flawed('neither a request nor an answer')
  if (result !== undefined && error !== undefined) return flawed('both a result and an error')
  if (isObject(error)) return { kind: 'answer', id: known, outcome: { error } }
  const written = wire['result']
  if (!isObject(result) || !isObject(written)) return flawed('the result is not an object')
  return { kind: 'answer', id: known, outcome: { result, wire: written } }
}

/** `JSON.stringify` ends with an error at a few thousand levels. */
const ANSWERED = { depth: 256, values: 5_000_000 }
const WALKED = { depth: ANSWERED.depth + 8, values: 2 * ANSWERED.values }

/** Why an answer is more than is passed on, or undefined. */
export function answerFlaw(result: Message): string | undefined {
  return sizeFlaw(result, ANSWERED)
}

/** The line of a request with this id, of a notification without one. */
export function requestLine(method: string, params: Message | undefined, id?: Id): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    ...(id === undefined ? {} : { id }),
    method,
    ...(params ? { params } : {}),
  })
}

export function resultLine(id: Id, result: Message): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

export function errorLine(id: Id | null, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}

/** The line of an error of the other side, of the members that an error has. */
export function passedErrorLine(id: Id, { code, message, data }: Message): string {
  const error = {
    code: typeof code === 'number' && Number.isSafeInteger(code) ? code : -32603,
    message: typeof message === 'string' ? message : 'an error without a message',
    ...(data === undefined ? {} : { data }),
  }
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}

/** A refusal as a result, which the model can read. From 2026-07-28 on a result says that it is complete. */
export function refusalLine({ id, params }: Pick<Request, 'id' | 'params'>, text: string): string {
  const meta = params?.['_meta']
  const stateless = isObject(meta) && 'io.modelcontextprotocol/protocolVersion' in meta
  return resultLine(id, {
    content: [{ type: 'text', text }],
    isError: true,
    ...(stateless ? { resultType: 'complete' } : {}),
  })
}

/** Only the kind of the refusal: the reason could reveal which names exist. The policy would allow a call that a pin refuses. */
export function refusalText({ because, effect, run, reason }: Decision): string {
  if (because === 'held') return `Refused: ${reason}`.replace(/: $/, '') || `held by ${run}`
  if (because === 'pin') return `Refused: ${reason}.`
  if (because === 'error') return 'Refused: it could not be decided.'
  return effect === 'ask' ? 'Refused: a person has to approve this.' : 'Refused by policy.'
}
