import type { ApprovedAct } from '../model/approvals.ts'

/** The text that a person signs to approve an act. One line a member, in this order. */
export interface Statement {
  act: ApprovedAct
  /** Id of the run. */
  run: string
  /** `live`, an endpoint, or the lab. */
  target: string
  /** `sha256:` and 64 hex digits over what would be done. */
  digest: string
  /** Options that widen the act, such as `accept-live-tokens`; sorted. */
  options: readonly string[]
  /** Principal of the approver, such as an e-mail address. */
  approver: string
  /** RFC 3339, UTC: until when it counts. */
  expires: string
  /** 32 hex digits: an approval is used once. */
  nonce: string
}

const ACTS: readonly ApprovedAct[] = ['contain', 'restore', 'rotate']

const FIRST = 'interdict-approval v1'
const ORDER = ['act', 'run', 'target', 'digest', 'options', 'approver', 'expires', 'nonce'] as const
const SHAPES: { [Name in (typeof ORDER)[number]]: RegExp } = {
  act: new RegExp(`^(?:${ACTS.join('|')})$`),
  run: /^[a-z0-9]{4,12}$/,
  target: /^[\x21-\x7e]{1,300}$/,
  digest: /^sha256:[0-9a-f]{64}$/,
  options: /^(?:-|[\x21-\x7e]+(?: [\x21-\x7e]+)*)$/,
  approver: /^[\x21-\x2b\x2d-\x7e]{1,200}$/,
  expires: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
  nonce: /^[0-9a-f]{32}$/,
}

/** The text that is signed; every byte of it counts. Ends with a newline. */
export function statementText(statement: Statement): string {
  const { options } = statement
  const members = { ...statement, options: options.length === 0 ? '-' : options.map(encoded).join(' ') }
  return `${FIRST}\n${ORDER.map(name => `${name}: ${members[name]}\n`).join('')}`
}

/** Reads a statement; undefined unless it is exactly as {@link statementText} writes it. */
export function readStatement(text: string): Statement | undefined {
  const [first, ...lines] = text.split('\n')
  if (first !== FIRST || lines.length !== ORDER.length + 1) return undefined
  const members: { [name: string]: string } = {}
  for (const [index, name] of ORDER.entries()) {
    const line = lines[index] ?? ''
    const value = line.slice(name.length + 2)
    if (!line.startsWith(`${name}: `) || !SHAPES[name].test(value)) return undefined
    members[name] = value
  }
  const options = members['options'] === '-' ? [] : (members['options'] ?? '').split(' ').map(decoded)
  if (options.includes(undefined)) return undefined
  const statement = { ...members, options } as unknown as Statement
  return statementText(statement) === text && Number.isFinite(Date.parse(statement.expires))
    ? statement
    : undefined
}

/** Names of identities may hold anything: blanks and what is no ASCII are written as in URLs. */
const encoded = (option: string) => encodeURI(option)

function decoded(option: string): string | undefined {
  try {
    return decodeURI(option)
  } catch {
    return undefined
  }
}
