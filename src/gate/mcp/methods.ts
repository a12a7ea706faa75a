import { folded } from './message.ts'

/**
 * How a request is dealt with.
 * - `passes`: opens or keeps a session; never judged
 * - `listing`: the answer is filtered
 * - `call`: judged as the tool that it names
 * - `tool`: judged as the tool `SERVER/METHOD`; refused unless a rule allows it
 * - `open`: judged as the tool `mcp:METHOD`; allowed unless the agent is held or a rule says otherwise
 * - `closed`: judged as the tool `mcp:METHOD`; refused unless a rule allows it
 * - `posing`: spelled almost as a known one; always refused
 */
export type Treatment = 'passes' | 'listing' | 'call' | 'tool' | 'open' | 'closed' | 'posing'

/** Requests of clients in the protocol's versions 2024-11-05 to 2026-07-28. */
const OF_CLIENTS: ReadonlyMap<string, Treatment> = new Map<string, Treatment>([
  ['initialize', 'passes'],
  ['ping', 'passes'],
  ['server/discover', 'passes'],
  ['tools/list', 'listing'],
  ['tools/call', 'call'],
  ['resources/read', 'tool'],
  ['resources/subscribe', 'tool'],
  ['prompts/get', 'tool'],
  ['resources/list', 'open'],
  ['resources/templates/list', 'open'],
  ['resources/unsubscribe', 'open'],
  ['prompts/list', 'open'],
  ['completion/complete', 'open'],
  ['logging/setLevel', 'open'],
  ['subscriptions/listen', 'open'],
  ['tasks/get', 'open'],
  ['tasks/result', 'open'],
  ['tasks/list', 'open'],
  ['tasks/cancel', 'open'],
])

/** Requests of servers: sampling spends the client's model on the server's words, elicitation asks the user for data. */
const OF_SERVERS: ReadonlyMap<string, Treatment> = new Map<string, Treatment>([
  ['ping', 'passes'],
  ['roots/list', 'open'],
  ['sampling/createMessage', 'closed'],
  ['elicitation/create', 'closed'],
  ['tasks/get', 'open'],
  ['tasks/result', 'open'],
  ['tasks/list', 'open'],
  ['tasks/cancel', 'open'],
])

/** Notifications whose effect depends on their name. */
const NOTIFICATIONS = [
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
  'notifications/tools/list_changed',
]

const letters = (method: string) => folded(method).replace(/[^a-z0-9]/g, '')

const SPELLINGS: ReadonlySet<string> = new Set(
  [...OF_CLIENTS.keys(), ...OF_SERVERS.keys(), ...NOTIFICATIONS].map(letters),
)

/** How a request of this side is dealt with. A method that the protocol does not have is `closed`. */
export function treatmentOf(from: 'client' | 'server', method: string): Treatment {
  const known = (from === 'client' ? OF_CLIENTS : OF_SERVERS).get(method)
  if (known !== undefined) return known
  // A lax server may take ` tools/call` and `Tools/Call` for a call, and what a later protocol adds to tools is one.
  const plain = letters(method)
  return SPELLINGS.has(plain) || plain.startsWith('tools') ? 'posing' : 'closed'
}

/** Whether a notification passes: it has the protocol's prefix, and is not spelled almost as one that we act on. */
export function isNotification(method: string): boolean {
  if (NOTIFICATIONS.includes(method)) return true
  return method.startsWith('notifications/') && !SPELLINGS.has(letters(method))
}

/** Notifications that keep a session in order, which a held agent's client may go on sending. */
export function keepsOrder(method: string): boolean {
  return NOTIFICATIONS.includes(method)
}
