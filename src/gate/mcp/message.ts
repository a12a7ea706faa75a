import type { Json } from '../../model/json.ts'
import { type Decision, isObject } from '../call.ts'

export type Message = { [name: string]: Json }

/** One line: its messages, and whether it was a batch. Throws with a reason when it must not be passed on. */
export function readMessages(text: string): { messages: Message[]; batch: boolean } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('not JSON')
  }
  const batch = Array.isArray(value)
  const messages: unknown[] = Array.isArray(value) ? value : [value]
  if (messages.length === 0) throw new Error('an empty batch')
  return { batch, messages: messages.map(each => (isObject(each) ? each : notMessage())) }
}

function notMessage(): never {
  throw new Error('not a message')
}

const NAMES = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
const PARAMS = ['name', 'arguments', 'uri']

/**
 * Why a request could mean something else to the server than to us, or undefined: some parsers do not tell `Method`
 * from `method`. (Members that stand twice are gone once it is written anew.)
 */
export function ambiguity(message: Message): string | undefined {
  const params = isObject(message['params']) ? Object.keys(message['params']) : []
  const odd =
    Object.keys(message).find(name => !NAMES.includes(name) && NAMES.includes(name.toLowerCase())) ??
    params.find(name => !PARAMS.includes(name) && PARAMS.includes(name.toLowerCase()))
  return odd === undefined ? undefined : 'a member that differs from another one in case only'
}

/** Numbers that JSON.parse and JSON.stringify would not give back as they were: `1.0`, `1e3`, twenty digits. */
const ODD_NUMBER = /\d{16}|\d\.\d*0(?!\d)|\d[eE]|-0(?![.\d])/

/**
 * The text that is passed on: written anew, so that the server reads what was judged, and nothing that stood twice. Numbers
 * keep their spelling.
 */
export function rewritten(text: string, value: Json): string {
  if (!ODD_NUMBER.test(text)) return JSON.stringify(value)
  return JSON.stringify(JSON.parse(text, spelled))
}

type Spelled = JSON & { rawJSON?(text: string): unknown }

function spelled(_: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  return (JSON as Spelled).rawJSON?.(context.source) ?? value
}

/** An id is a number or a text; a number that cannot be kept exactly is none. */
export function idOf(message: Message): string | number | undefined {
  const { id } = message
  if (typeof id === 'string') return id
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined
}

export function errorMessage(id: string | number | null, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}

/** A refusal as a result, which the model can read. From 2026-07-28 on a result says that it is complete. */
export function refusalMessage(request: Message, text: string): string {
  const meta = isObject(request['params']) ? request['params']['_meta'] : undefined
  const stateless = isObject(meta) && 'io.modelcontextprotocol/protocolVersion' in meta
  return JSON.stringify({
    jsonrpc: '2.0',
    id: idOf(request) ?? null,
    result: {
      content: [{ type: 'text', text }],
      isError: true,
      ...(stateless ? { resultType: 'complete' } : {}),
    },
  })
}

/** Only what kind of refusal it is: the reason could tell which names exist. What a pin refuses, the policy would allow. */
export function refusalText({ because, effect, run, reason }: Decision): string {
  if (because === 'held') return `Refused: ${reason}`.replace(/: $/, '') || `held by ${run}`
  if (because === 'pin') return `Refused: ${reason}.`
  if (because === 'error') return 'Refused: it could not be decided.'
  return effect === 'ask' ? 'Refused: a person has to approve this.' : 'Refused by policy.'
}
