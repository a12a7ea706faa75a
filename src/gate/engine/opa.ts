import { type ClientRequest, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIPv4 } from 'node:net'
import type { Json } from '../../model/json.ts'
import { readPlainSync } from '../../store/files-sync.ts'
import type { Budget } from '../budget.ts'
import { isObject } from '../call.ts'
import { parseStrictly } from '../look-alikes.ts'
import type { Engine, EngineAnswer, EngineQuestion } from './engine.ts'

/** Where Open Policy Agent is, and how it is spoken to. */
export interface OpaPlace {
  /** `http://127.0.0.1:8181/v1/data/gate/decision`, an https URL, or `unix:/run/opa.sock:/v1/data/gate/decision`. */
  url: string
  /** PEM file of the authorities that are believed instead of the usual ones. */
  ca?: string
  /** File with the bearer token. */
  token?: string
}

const MOST_ANSWER = 1024 * 1024
const MOST_TOKEN = 64 * 1024
const EFFECTS = ['allow', 'ask', 'deny'] as const

/** The engine at a place. Throws when the place is not one that may be asked. */
export function opaEngine(place: OpaPlace): Engine {
  const target = targetOf(place)
  return {
    async decide(question, budget) {
      const answer = await budget.within(post(target, { input: inputOf(question) }, budget))
      return answerOf(answer, target.rule)
    },
  }
}

/** The document that OPA sees as `input`. */
function inputOf({ call, identities, time }: EngineQuestion): Json {
  const { harness, agent, session, tool, server, cwd, agentType, permissionMode, args } = call
  return {
    harness,
    agent,
    identities: [...identities],
    session,
    tool,
    server,
    ...(cwd === undefined ? {} : { cwd }),
    ...(agentType === undefined ? {} : { agentType }),
    ...(permissionMode === undefined ? {} : { permissionMode }),
    args,
    time: time.toISOString(),
  }
}

interface Target {
  options: RequestOptions
  secure: boolean
  place: OpaPlace
  /** For the record. */
  rule: string
}

function targetOf(place: OpaPlace): Target {
  const [, socketPath, path] = /^unix:(\/[^:]+):(\/.*)$/s.exec(place.url) ?? []
  if (socketPath !== undefined && path !== undefined)
    return { place, secure: false, options: { socketPath, path: dataPath(path) }, rule: `opa ${path}` }
  const url = URL.canParse(place.url) ? new URL(place.url) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new Error('the policy engine has to be opa=URL with http, https or unix:SOCKET:/v1/data/…')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new Error('the URL of the policy engine has to be without a user, a query and a fragment')
  const secure = url.protocol === 'https:'
  const host = url.hostname === 'localhost' && !secure ? '127.0.0.1' : url.hostname.replace(/^\[|\]$/g, '')
  if (!secure && !(isIPv4(host) && host.startsWith('127.')) && host !== '::1')
    throw new Error('the policy engine may be asked over http on this machine only: use https')
  const port = url.port === '' ? {} : { port: Number(url.port) }
  return {
    place,
    secure,
    options: { host, ...port, path: dataPath(url.pathname) },
    rule: `opa ${url.pathname}`,
  }
}

function dataPath(path: string): string {
  if (/^\/v1\/data(\/[A-Za-z0-9_.%-]+)+$/.test(path)) return path
  throw new Error('the path of the policy engine has to be /v1/data/ and the names of a rule')
}

async function post(target: Target, body: Json, budget: Budget): Promise<unknown> {
  const text = JSON.stringify(body)
  const { ca, token } = target.place
  const options: RequestOptions & { ca?: Buffer; rejectUnauthorized?: boolean } = {
    ...target.options,
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(token === undefined
        ? {}
        : { authorization: `Bearer ${fileOf(token, MOST_TOKEN).toString('utf8').trim()}` }),
    },
    // NODE_TLS_REJECT_UNAUTHORIZED does not switch this off.
    ...(target.secure
      ? { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: fileOf(ca, MOST_ANSWER) }) }
      : {}),
  }
  const sent = target.secure ? requestHttps(options) : requestHttp(options)
  // The budget ends the waiting, and this the connection, in a process that goes on.
  sent.setTimeout(Math.max(1, budget.remaining()), () => sent.destroy(new Error('no answer in time')))
  sent.end(text)
  return parsed(await answered(sent))
}

function fileOf(path: string, most: number): Buffer {
  const bytes = readPlainSync(path, most)
  if (bytes === undefined) throw new Error(`the policy engine needs ${path}, which is missing`)
  return bytes
}

function answered(sent: ClientRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      sent.destroy()
      reject(new Error(`the policy engine cannot be asked: ${why}`))
    }
    sent.on('error', error => fail('code' in error ? String(error.code) : 'the connection failed'))
    sent.on('response', response => {
      const { statusCode } = response
      if (statusCode !== 200) return fail(`it answered with ${statusCode}`)
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MOST_ANSWER) fail('its answer is too large')
        else chunks.push(chunk)
      })
      response.on('error', () => fail('its answer ended too early'))
      response.on('aborted', () => fail('its answer ended too early'))
      response.on('end', () => resolve(Buffer.concat(chunks)))
    })
  })
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseStrictly(bytes.toString('utf8'))
  } catch {
    throw new Error('the answer of the policy engine is not JSON')
  }
}

/** `true`, `false`, `{"effect": "allow", "reason": "…"}` or `{"allow": true, "reason": "…"}`; nothing else is an answer. */
function answerOf(answer: unknown, rule: string): EngineAnswer {
  const result = isObject(answer) ? answer['result'] : undefined
  if (result === undefined) throw new Error('the policy engine has no answer: its result is undefined')
  if (typeof result === 'boolean') return { effect: result ? 'allow' : 'deny', reason: '', rule }
  if (isObject(result)) {
    const { effect, allow, reason = '', ...more } = result
    const said = allow === undefined ? effect : effect === undefined ? effectOf(allow) : undefined
    const known = EFFECTS.find(each => each === said)
    if (known !== undefined && typeof reason === 'string' && Object.keys(more).length === 0)
      return { effect: known, reason, rule }
  }
  throw new Error('the policy engine did not answer with allow, ask or deny')
}

function effectOf(allow: Json): 'allow' | 'deny' | undefined {
  return typeof allow === 'boolean' ? (allow ? 'allow' : 'deny') : undefined
}
