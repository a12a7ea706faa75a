import type { Poison, Signal } from '../model/signal.ts'
import type { Mapping } from './formats/mapping.ts'
import type { TokenOptions } from './formats/security-event-token.ts'

export interface SignalOptions {
  /** Whose security event tokens are believed; without it every one of them is poison. */
  tokens?: TokenOptions
  /** How to read JSON that is in no known format; tried in order, before the known formats. */
  mappings?: readonly Mapping[]
  /** Entra tenant of Azure records that do not name theirs (Key Vault's do not). */
  tenant?: string
  /** Milliseconds since the epoch; for tests. */
  now?: number
}

export interface Reading {
  signals: Signal[]
  /** What of the record was none: the first reason, with how many there were when there are several. */
  poison?: Poison
}

/**
 * The signals in one record: text (JSON, newline-delimited JSON, a compact JWS), bytes of it, or what JSON.parse made
 * of it; bare, or in the wrappers that clouds put around records. Never throws. Both may be there: some of a batch
 * were signals and some were not. Neither means that the record says nothing (a test message, a finding that is closed).
 */
export async function signalsOf(_record: unknown, _options: SignalOptions = {}): Promise<Reading> {
  throw new Error('not there yet')
}
