/** A fault that the lab injects into a call. */
export type Trouble =
  /** Throttled, in the words of the service, with the seconds to wait where it says them; null for a silent one. */
  | { kind: 'throttle'; seconds?: number | null }
  /** Any refusal: wire code and HTTP status, e.g. `AccessDenied` 403, `ServiceFailure` 500, `ConcurrentModification` 409. */
  | { kind: 'error'; code: string; status: number; message?: string }
  /** The connection is reset before anything is done. */
  | { kind: 'reset' }
  /** Nothing is done and nothing is answered: it hangs until the client gives up. */
  | { kind: 'hang' }
  /** It is done, and answered with 503 (`status` to have another). */
  | { kind: 'applied-then-503' }
  /** It is done, and the connection is reset. */
  | { kind: 'applied-then-reset' }
  /** It is done, and the connection breaks in the middle of the answer. */
  | { kind: 'half-answer' }
  /** A read that does not yet see the last write to each record. */
  | { kind: 'stale' }
  /** After this call was answered, something is gone: its kind and name as in the tool's inventory. */
  | { kind: 'vanish'; of: string; name: string }

/** A trouble and the calls that it befalls. Every member given must match. */
export interface FaultRule {
  trouble: Trouble
  /** E.g. `aws`. */
  cloud?: string
  /** E.g. `PutUserPolicy`, `iam.projects.serviceAccounts.disable`. */
  operation?: string
  /** E.g. `iam`. */
  service?: string
  /** The credential that it came with. */
  caller?: string
  /** Parameters by name, e.g. `{ UserName: 'ci-deploy' }`. */
  params?: { [name: string]: string }
  /** The first of the matching calls that it befalls, from 1; 1 when missing. */
  nth?: number
  /** How many calls from there; 1 when missing, 0 for all of them. */
  times?: number
}

export interface CallDescription {
  cloud: string
  service: string
  operation: string
  caller: string | undefined
  params: { readonly [name: string]: unknown }
}

const KINDS = new Set<string>([
  'throttle',
  'error',
  'reset',
  'hang',
  'applied-then-503',
  'applied-then-reset',
  'half-answer',
  'stale',
  'vanish',
])

/** The faults that are set. The first rule whose turn it is decides; all rules that match count the call. */
export class Faults {
  #rules: { rule: FaultRule; seen: number }[] = []

  /** @throws TypeError for what is no rule */
  add(...rules: readonly FaultRule[]): void {
    for (const rule of rules) {
      if (!isRule(rule)) throw new TypeError(`not a fault rule: ${JSON.stringify(rule)}`)
    }
    this.#rules.push(...rules.map(rule => ({ rule, seen: 0 })))
  }

  clear(): void {
    this.#rules = []
  }

  /** The trouble that this call gets into, if any. Asking counts as the call. */
  strike(call: CallDescription): Trouble | undefined {
    let struck: Trouble | undefined
    for (const entry of this.#rules) {
      if (!matches(entry.rule, call)) continue
      entry.seen += 1
      const { nth = 1, times = 1 } = entry.rule
      if (entry.seen >= nth && (times === 0 || entry.seen < nth + times)) struck ??= entry.rule.trouble
    }
    return struck
  }
}

function matches(
  { cloud, operation, service, caller, params = {} }: FaultRule,
  call: CallDescription,
): boolean {
  return (
    (cloud === undefined || cloud === call.cloud) &&
    (operation === undefined || operation === call.operation) &&
    (service === undefined || service === call.service) &&
    (caller === undefined || caller === call.caller) &&
    Object.entries(params).every(([name, value]) => call.params[name] === value)
  )
}

function isRule(value: unknown): value is FaultRule {
  if (typeof value !== 'object' || value === null) return false
  const { trouble } = value as { trouble?: unknown }
  if (typeof trouble !== 'object' || trouble === null) return false
  const { kind, code, status } = trouble as { [member: string]: unknown }
  if (kind === 'error' && (typeof code !== 'string' || !Number.isInteger(status))) return false
  return typeof kind === 'string' && KINDS.has(kind)
}
