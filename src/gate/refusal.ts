import { parseIdentityId } from '../model/identity.ts'
import { canonical } from '../model/json.ts'
import type { Signal } from '../model/signal.ts'
import type { Seal } from '../store/own-key.ts'
import { sha256 } from '../store/sha256.ts'
import type { Call, Decision } from './call.ts'

const PURPOSE = 'interdict-gate refusal 1'

/**
 * A refused call as a line that a watch follows: the agent's cloud identity, so that it can go down with the agent. The line is
 * sealed: a watch acts on it, and others may write to its folder.
 */
export function refusalSignal(
  call: Call,
  decision: Decision,
  identities: readonly string[],
  time: string,
  seal: Seal,
): string {
  const [id] = identities
  const account = id === undefined ? undefined : parseIdentityId(id).account
  const { agent, session, tool, server, harness } = call
  const key = JSON.stringify([time, process.pid, process.hrtime.bigint().toString(), agent, tool])
  const signal: Signal = {
    id: `gate-${sha256(key).slice(0, 32)}`,
    time,
    cloud: 'agent',
    ...(account === undefined ? {} : { account }),
    identity: {
      ...(id === undefined ? {} : { id }),
      kind: 'agent',
      name: agent,
      ...(session === '' ? {} : { session: session.slice(0, 200) }),
    },
    action: tool.slice(0, 500),
    ...(server === '' ? {} : { resource: server.slice(0, 500) }),
    outcome: 'denied',
    format: 'gate',
    details: {
      harness,
      because: decision.because,
      ...(decision.rule === undefined ? {} : { rule: decision.rule }),
      ...(identities.length > 1 ? { identities: [...identities] } : {}),
    },
  }
  return `${JSON.stringify({ ...signal, seal: seal.code(PURPOSE, canonical(signal)) })}\n`
}

/** Whether the gate of this machine wrote a refusal, and nobody has changed it since. */
export function isSealedRefusal(line: { readonly [name: string]: unknown }, seal: Seal): boolean {
  const { seal: code, ...signal } = line
  return typeof code === 'string' && code === seal.code(PURPOSE, canonical(signal))
}
