import type { Decision, Entry, EntryOf } from '../model/entry.ts'
import type { Event, Listener } from '../model/event.ts'
import type { Identity } from '../model/identity.ts'
import { identityText } from '../model/identity-text.ts'
import type { PlannedChange } from '../model/plan.ts'
import type { RunState } from '../model/run/state.ts'
import { momentText, secondText, stampText } from './moment.ts'
import { postponedText } from './postponed.ts'
import { withCause } from './problem.ts'
import { plain } from './text.ts'

/**
 * One plain line an event, for logs and CI: what happened, after it is on disk. `before` are the entries of a run that
 * is resumed; they name its changes, and are not printed again. `begun` is its state, which names them where the entries are not at hand.
 */
export function lineListener(
  write: (line: string) => void,
  before: readonly Entry[] = [],
  begun?: RunState,
): Listener {
  const planned = new Map<string, PlannedChange>(
    [...(begun?.changes ?? [])].map(([key, each]) => [key, each.planned]),
  )
  const restoring = new Map<string, EntryOf<'restore.intended'>>()
  const learn = (entry: Entry) => {
    if (entry.type === 'run.started' || entry.type === 'run.reached') {
      for (const change of entry.plan.changes) planned.set(change.key, change)
    }
    if (entry.type === 'restore.intended') restoring.set(entry.key, entry)
    if (entry.type === 'change.added') planned.set(entry.change.key, entry.change)
  }
  before.forEach(learn)
  const named = (key: string) => {
    const change = planned.get(key)
    return change
      ? `${change.identity.cloud} ${plain(change.identity.account)} ${identityText(change.identity)} ${change.verb}`
      : plain(key)
  }
  return (event: Event) => {
    if (event.type === 'waiting') {
      write(
        `${event.changes} set and read back; waiting until ${momentText(event.until)} for the cloud to enforce it (documented delay); Ctrl-C ends here, and interdict guard continues\n`,
      )
    }
    if (event.type !== 'entry') return
    const { entry } = event
    learn(entry)
    const text =
      entry.type === 'restore.written'
        ? `${named(entry.key)}: ${restoredWord(entry, restoring.get(entry.key))}`
        : entryText(entry, named)
    if (text !== undefined) write(`${stampText(entry.at)} ${text}\n`)
  }
}

/** Returns the outcome of a restore for a change, if it is the same for all of its entries. */
const WORDS: { readonly [decision in Decision]?: string } = {
  already: 'is back already',
  released: 'released to another run',
  'stepped-down': 'stays stepped down',
  'kept-off': 'stays off: it leaked',
  recent: 'left out: added shortly before the run',
  drift: 'left alone: drift',
  'use-live': 'taken as it is now',
  gone: 'no longer exists',
  replaced: 'another identity has its name now, not touched',
}

function restoredWord(
  { left = [], missing = [] }: EntryOf<'restore.written'>,
  intended: EntryOf<'restore.intended'> | undefined,
): string {
  const entries = intended?.entries ?? []
  const decisions = new Set(entries.map(({ decision }) => decision))
  const [only] = decisions
  if (only === 'released' && entries.every(({ within }) => within === true))
    return 'left to another change of this run'
  const word =
    (decisions.size === 1 && only && WORDS[only]) ||
    (decisions.has('step-down') ? 'stepped down' : left.length > 0 ? 'partly restored' : 'restored')
  const parts = [word]
  if (left.length > 0) parts.push(`${left.length} FAILED: ${plain(left[0]?.fault.message ?? '')}`)
  if (missing.length > 0) parts.push(`${missing.length} missing`)
  return parts.join(', ')
}

function entryText(
  entry: Exclude<Entry, EntryOf<'restore.written'>>,
  named: (key: string) => string,
): string | undefined {
  switch (entry.type) {
    case 'run.started':
      return `run ${entry.run}: ${entry.plan.changes.length} changes, ${plain(entry.plan.playbook.name)}`
    case 'run.reached':
      return `${entry.cloud} ${plain(entry.account)}: reached, ${entry.plan.changes.length} changes`
    case 'change.written':
      return `${named(entry.key)}: written${entry.left?.length ? `, except ${entry.left.map(each => plain(each.entry)).join(', ')}` : ''}`
    case 'change.countered':
      return `${named(entry.key)}: UNDONE by somebody${entry.settings.length > 0 ? ` (${entry.settings.map(each => plain(each.entry)).join(', ')})` : ''}${entry.count > 1 ? `, ${entry.count} times` : ''}; writing it again
`.trimEnd()
    case 'change.contested':
      return `${named(entry.key)}: CONTESTED, undone ${entry.count} times since ${secondText(entry.since, entry.at)}`
    case 'change.already':
      return `${named(entry.key)}: was so before`
    case 'change.gone':
      return `${named(entry.key)}: no longer exists`
    case 'change.refused':
      return `${named(entry.key)}: refused: ${plain(entry.because)}`
    case 'change.postponed':
      return `${named(entry.key)}: waits: ${postponedText(entry, entry.at)}`
    case 'change.reduced':
      return `${named(entry.key)}: without ${entry.without.map(plain).join(', ')}: ${plain(entry.because)}`
    case 'change.failed':
    case 'restore.failed':
      return `${named(entry.key)}: FAILED: ${plain(entry.fault.message)}`
    case 'change.verified':
      return withCause(
        `${named(entry.key)}: ${entry.set ? 'set' : 'NOT set'}${entry.denied === null ? '' : `, ${entry.denied}`}${entry.undone?.length ? `, UNDONE: ${entry.undone.map(plain).join(', ')}` : ''}${entry.drift.length > 0 ? `, drift: ${entry.drift.map(plain).join(', ')}` : ''}`,
        entry.because,
      )
    case 'sweep.found':
      return `${appeared(entry.identity)} on ${plain(entry.owner)}${entry.contained ? '' : ': NOT stopped'}`
    case 'sweep.failed':
      return `credentials of ${plain(entry.owner)} could not be listed: ${plain(entry.fault.message)}`
    case 'newcomers.known':
      return undefined
    case 'newcomers.found':
      return newcomersLine(entry)
    case 'run.finished':
      return `run ${entry.run}: ${entry.status}`
    case 'restore.started':
      return `run ${entry.run}: restore begun`
    case 'restore.verified':
      return entry.set ? undefined : `${named(entry.key)}: does not read as restored yet`
    case 'restore.finished':
      return `run ${entry.run}: restore ${entry.status}`
    case 'rotation.started':
      return `run ${entry.run}: rotation begun, ${entry.keys.length} into ${plain(entry.into)}`
    case 'rotation.created':
      return `${named(entry.key)}: ${plain(entry.name)} created`
    case 'rotation.orphaned':
      return `${named(entry.key)}: ${plain(entry.name)} was left of an attempt: ${entry.outcome}`
    case 'rotation.stored':
      return `${named(entry.key)}: ${plain(entry.name)} stored and read back`
    case 'rotation.tried':
      return `${named(entry.key)}: ${plain(entry.name)} tried: ${entry.result}`
    case 'credential.rotated':
      return `${named(entry.key)}: rotated${entry.ofOwner ? '' : ', stays off for good'}; ${plain(entry.name)} in ${plain(entry.place)}`
    case 'rotation.deleted':
      return `${named(entry.key)}: ${plain(entry.old)} deleted`
    case 'rotation.failed':
      return `${named(entry.key)}: FAILED: ${plain(entry.fault.message)}`
    case 'rotation.finished':
      return `run ${entry.run}: rotation ${entry.status}`
    case 'rotation.intended':
    case 'change.added':
    case 'change.intended':
    case 'sweep.done':
    case 'restore.intended':
      return undefined
  }
}

function appeared(identity: Identity): string {
  return `${identityText(identity)} appeared`
}

function newcomersLine({ cloud, account, found, problems }: EntryOf<'newcomers.found'>): string | undefined {
  const texts = [
    ...found.map(
      ({ identity, maker, contained }) =>
        `${identity.kind} ${plain(identity.name)} was created${maker ? ` by ${plain(maker.name)}` : ''}${contained ? ', and is stopped, too' : ''}`,
    ),
    ...problems.map(problem => `could not look for new identities: ${plain(problem)}`),
  ]
  return texts.length === 0 ? undefined : `${cloud} ${plain(account)}: ${texts.join('; ')}`
}
