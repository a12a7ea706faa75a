import type { Poison, Signal } from '../model/signal.ts'
import { excess } from './bounds.ts'
import { type Draft, signalFrom, Unreadable } from './draft.ts'
import { excerptOf } from './excerpt.ts'
import type { Format } from './format.ts'
import { azureActivity } from './formats/azure-activity.ts'
import { cloudAudit } from './formats/cloud-audit.ts'
import { cloudtrail } from './formats/cloudtrail.ts'
import { entraAudit } from './formats/entra-audit.ts'
import { entraRisk } from './formats/entra-risk.ts'
import { entraSignIn } from './formats/entra-sign-in.ts'
import { gate } from './formats/gate.ts'
import { graphActivity } from './formats/graph-activity.ts'
import { asff, guardduty } from './formats/guardduty.ts'
import { keyVaultAudit } from './formats/key-vault-audit.ts'
import type { Mapping } from './formats/mapping.ts'
import { ocsf } from './formats/ocsf.ts'
import { scc } from './formats/scc.ts'
import { KeysUnreachable, readToken, type TokenOptions } from './formats/security-event-token.ts'
import type { Members } from './members.ts'
import { type Leaf, leaves } from './unwrap.ts'
import { LEFT_OUT, Work } from './work.ts'

export interface SignalOptions {
  /** Whose security event tokens are believed; without it every one of them is poison. */
  tokens?: TokenOptions
  /** How to read JSON that is in no known format; tried in order, before the known formats. */
  mappings?: readonly Mapping[]
  /** Entra tenant of Azure records that do not name theirs (Key Vault's do not). */
  tenant?: string
  /** Counts what is done for this one record; a new one if absent. */
  work?: Work
}

export interface Reading {
  signals: Signal[]
  /** What of the record was none: the first reason, with how many there were when there are several. */
  poison?: Poison
  /** The reason may pass (keys that cannot be fetched now): the same record is worth another try. */
  again?: true
}

const FORMATS: readonly Format[] = [
  gate,
  cloudtrail,
  cloudAudit,
  guardduty,
  asff,
  scc,
  ocsf,
  entraSignIn,
  entraAudit,
  entraRisk,
  graphActivity,
  keyVaultAudit,
  azureActivity,
]

/** How many records are read before other work gets a turn. */
const TURN = 250

/**
 * The signals in one record: text (JSON, newline-delimited JSON, a compact JWS), bytes of it, or what JSON.parse made
 * of it; bare, or in the wrappers that clouds put around records. Never throws. Both may be there: some of a batch
 * were signals and some were not. Neither means that the record says nothing (a test message, a finding that is closed).
 */
export async function signalsOf(record: unknown, options: SignalOptions = {}): Promise<Reading> {
  const signals: Signal[] = []
  const flaws: Poison[] = []
  let [count, again] = [0, false]
  const refuse = (reason: string, given: unknown) => {
    count += 1
    if (count === 1 || reason.endsWith(LEFT_OUT)) flaws[0] = { reason, excerpt: excerptOf(given ?? record) }
  }
  let met = 0
  for (const leaf of leaves(record, options.work ?? new Work())) {
    met += 1
    if (met % TURN === 0) await new Promise(resolve => setImmediate(resolve))
    if ('flaw' in leaf) refuse(leaf.flaw, leaf.given)
    else {
      try {
        signals.push(...(await read(leaf.record, options)))
      } catch (error) {
        again ||= error instanceof KeysUnreachable
        refuse(error instanceof Unreadable ? error.message : 'it cannot be read', leaf.record)
      }
    }
  }
  const [first] = flaws
  if (first === undefined) return { signals }
  const reason = count === 1 ? first.reason : `${first.reason} (and ${count - 1} more)`
  return { signals, poison: { ...first, reason }, ...(again ? { again: true } : {}) }
}

async function read(
  record: Extract<Leaf, { record: unknown }>['record'],
  options: SignalOptions,
): Promise<Signal[]> {
  if (typeof record === 'string') {
    return drafted(await readToken(record, options.tokens), 'security-event-token', record)
  }
  const flaw = excess(record)
  if (flaw !== undefined) throw new Unreadable(flaw)
  const format = formatOf(record, options)
  if (format === undefined) throw new Unreadable('in no format that is known')
  return drafted(format.read(record, options), format.name, record)
}

function drafted(drafts: readonly Draft[], format: string, record: unknown): Signal[] {
  return drafts.map(draft => signalFrom(draft, format, record))
}

function formatOf(record: Members, { mappings = [] }: SignalOptions): Format | undefined {
  const mapped = mappings.find(({ format }) => format.fits(record))
  return mapped?.format ?? FORMATS.find(format => format.fits(record))
}
