import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A tool call that the model makes. `input` is for Codex's tools that take text (`exec`, `apply_patch`). */
export interface ModelCall {
  name: string
  args?: object
  input?: string
  namespace?: string
}

/** One answer of the model each: some calls, or text. After the last one the model says that it is done. */
export type Scenario = readonly (readonly ModelCall[])[]

interface Said {
  role: 'user' | 'model'
  text: string
  called: boolean
}
type Body = { [name: string]: unknown }

/**
 * A model on loopback that makes the tool calls of a scenario, in the protocols of Gemini, OpenAI's Responses and OpenAI's
 * chat completions. A prompt names the scenario (`SCENARIO:name`), so that a sub-agent can have one of its own.
 */
export class FakeModel {
  readonly #scenarios = new Map<string, Scenario>()
  readonly #server: Server
  #ids = 0

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  play(name: string, scenario: Scenario): void {
    this.#scenarios.set(name, scenario)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Body
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (/generateContent$/i.test(path)) this.#gemini(path, body, response)
    else if (path.endsWith('/responses')) this.#responses(body, response)
    else if (path.endsWith('/chat/completions')) this.#chat(body, response)
    else if (path.endsWith('countTokens')) json(response, { totalTokens: 1 })
    else if (path.includes('/models')) json(response, { object: 'list', data: [], models: [] })
    else json(response, { error: { message: 'not here' } }, 404)
  }

  /** The calls that come next in the scenario which the last prompt names; none when it is over. */
  #next(said: readonly Said[]): readonly ModelCall[] {
    const at = said.findLastIndex(({ role, text }) => role === 'user' && text.includes('SCENARIO:'))
    const names = [...(said[at]?.text ?? '').matchAll(/SCENARIO:([\w-]+)/g)]
    const scenario = this.#scenarios.get(names.at(-1)?.[1] ?? '') ?? []
    return scenario[said.slice(at + 1).filter(({ called }) => called).length] ?? []
  }

  #id(prefix: string): string {
    this.#ids += 1
    return `${prefix}_${this.#ids}`
  }

  #gemini(path: string, body: Body, response: ServerResponse): void {
    const said = list(body['contents']).map(each => {
      const parts = list(each['parts'])
      return {
        role: each['role'] === 'model' ? ('model' as const) : ('user' as const),
        text: parts.map(part => String(part['text'] ?? '')).join(' '),
        called: parts.some(part => 'functionCall' in part),
      }
    })
    const calls = body['tools'] === undefined ? [] : this.#next(said)
    const parts = calls.map(({ name, args = {} }) => ({
      functionCall: { name, args, id: this.#id('call') },
      thoughtSignature: 'c2ln',
    }))
    const done = body['tools'] === undefined ? GEMINI_ASIDE : 'done'
    const answer = {
      candidates: [
        {
          content: { role: 'model', parts: parts.length > 0 ? parts : [{ text: done }] },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    }
    if (path.includes('stream')) events(response, [answer])
    else json(response, answer)
  }

  #responses(body: Body, response: ServerResponse): void {
    const said: Said[] = []
    for (const item of list(body['input'])) {
      const type = String(item['type'] ?? 'message')
      if (type === 'message') {
        const content = item['content']
        const text =
          typeof content === 'string'
            ? content
            : list(content)
                .map(each => each['text'])
                .join(' ')
        said.push({ role: item['role'] === 'assistant' ? 'model' : 'user', text, called: false })
      } else if (type.endsWith('_call') && said.at(-1)?.called !== true)
        said.push({ role: 'model', text: '', called: true })
      else if (type.endsWith('_output')) said.push({ role: 'user', text: '', called: false })
    }
    const session = /session ID (\d+)/g
    const last = [...JSON.stringify(body['input'] ?? []).matchAll(session)].at(-1)?.[1] ?? '0'
    const output: object[] = this.#next(said).map(({ name, args = {}, input, namespace }) => {
      const known = {
        call_id: this.#id('call'),
        name,
        status: 'completed',
        ...(namespace ? { namespace } : {}),
      }
      if (input !== undefined) return { type: 'custom_tool_call', id: this.#id('ct'), ...known, input }
      const text = JSON.stringify(args).replace('"$SESSION"', last)
      return { type: 'function_call', id: this.#id('fc'), ...known, arguments: text }
    })
    if (output.length === 0) {
      const content = [{ type: 'output_text', text: 'done', annotations: [] }]
      output.push({ type: 'message', id: this.#id('msg'), role: 'assistant', status: 'completed', content })
    }
    const base = { id: this.#id('resp'), object: 'response', created_at: 1, model: 'fake' }
    const items = output.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item },
      { type: 'response.output_item.done', output_index, item },
    ])
    const all = [
      { type: 'response.created', response: { ...base, status: 'in_progress', output: [] } },
      ...items,
      { type: 'response.completed', response: { ...base, status: 'completed', output, usage: USAGE } },
    ]
    events(
      response,
      all.map((each, sequence_number) => ({ ...each, sequence_number })),
    )
  }

  #chat(body: Body, response: ServerResponse): void {
    const said = list(body['messages']).map(each => {
      const content = each['content']
      const text =
        typeof content === 'string'
          ? content
          : list(content)
              .map(part => part['text'])
              .join(' ')
      const fromUser = each['role'] === 'user'
      return {
        role: fromUser ? ('user' as const) : ('model' as const),
        text: fromUser ? text : '',
        called: list(each['tool_calls']).length > 0,
      }
    })
    const calls = list(body['tools']).length > 0 ? this.#next(said) : []
    const tool_calls = calls.map(({ name, args = {} }, index) => ({
      index,
      id: this.#id('call'),
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    }))
    const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop'
    const message = calls.length > 0 ? { content: null, tool_calls } : { content: 'done' }
    const base = { id: this.#id('chat'), created: 1, model: 'fake' }
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
    if (body['stream'] !== true) {
      const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }]
      json(response, { ...base, object: 'chat.completion', choices, usage })
      return
    }
    const chunk = { ...base, object: 'chat.completion.chunk' }
    events(response, [
      { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', ...message }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }], usage },
      '[DONE]',
    ])
  }
}

/** Gemini CLI asks besides who speaks next, and how hard the task is. */
const GEMINI_ASIDE = JSON.stringify({
  reasoning: 'x',
  next_speaker: 'user',
  model_choice: 'flash',
  complexity_reasoning: 'x',
  complexity_score: 1,
})

const USAGE = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
}

function list(value: unknown): Body[] {
  return Array.isArray(value) ? (value as Body[]) : []
}

function json(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Server-sent events; those with a type are named by it. */
function events(response: ServerResponse, all: readonly (string | object)[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const each of all) {
    const name = typeof each === 'object' && 'type' in each ? `event: ${String(each.type)}\n` : ''
    response.write(`${name}data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`)
  }
  response.end()
}
