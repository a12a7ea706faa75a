import { setMaxListeners } from 'node:events'
import { identityText } from '../model/identity-text.ts'
import { numbersOf } from '../model/run/numbers.ts'
import { restoreCounts } from '../model/run/restore-fold.ts'
import type { RunState } from '../model/run/state.ts'
import { type TargetWord, targetWord } from '../model/target-word.ts'
import type { Timing } from '../model/timing.ts'
import type { Message, Notifier } from '../notify/index.ts'
import type { Due } from '../ui/due-actions.ts'
import { countsText } from '../ui/restored.ts'
import { count, plain } from '../ui/text.ts'
import { tell } from './terminal.ts'

/** Milliseconds that a notification may take: what it is about is done already. */
const MOST = 10_000
/** Identities that a text names. */
const NAMED = 3

/** Returns the notification about the end of a containment. */
export function containMessage(state: RunState, now: string): Message {
  const { run, finished = 'interrupted' } = state
  const { proven, changes } = numbersOf(state, now)
  const isSet = finished === 'complete' || finished === 'settling'
  const word = finished === 'complete' ? 'CONTAINED' : isSet ? 'CONTAINED, SETTLING' : 'NOT CONTAINED'
  const text = `${word}: ${headOf(state)}: ${proven} of ${count(changes, 'change')} proven, ${whomOf(state)}`
  return messageOf(state, `contain.${finished}`, now, text, { status: finished, changes, proven, run })
}

/** Returns the notification about the end of a restore. */
export function restoreMessage(state: RunState, now: string): Message {
  const { run, restore } = state
  const finished = restore?.finished ?? 'interrupted'
  const word = finished === 'complete' ? 'RESTORED' : 'NOT RESTORED'
  const text = `${word}: ${headOf(state)}: ${countsText(restoreCounts(state))}, ${whomOf(state)}`
  return messageOf(state, `restore.${finished}`, now, text, { status: finished, run })
}

/** Returns the notification about a review or a second restore that is due; each time with the same id. */
export function dueMessage({ what, at, command }: Due, state: RunState, now: string): Message {
  const event = `due.${what.replaceAll(' ', '-')}`
  const overdue = at <= now ? 'OVERDUE' : 'DUE'
  const text = `${overdue}: ${what} of ${headOf(state)} at ${at}: ${command}`
  const message = messageOf(state, event, now, text, { run: state.run, what, at, command })
  return { ...message, id: `${state.run}.${event}.${at}` }
}

function messageOf(
  state: RunState,
  event: string,
  time: string,
  text: string,
  body: Message['body'],
): Message {
  const { run, plan, ticket } = state
  const identities = identitiesOf(state).map(({ id }) => id)
  return {
    id: `${run}.${event}.${time}`,
    event,
    time,
    text,
    body: {
      ...body,
      playbook: plan.playbook.name,
      target: plan.target,
      identities,
      ...(ticket === undefined ? {} : { ticket }),
    },
  }
}

/** Where a run was made, unless it was on the clouds. */
const WHERE: { [word in TargetWord]?: string } = { lab: ' in the lab', emulator: ' on an emulator' }

function headOf({ run, plan, ticket }: RunState): string {
  return `run ${run} of ${plain(plan.playbook.name)}${WHERE[targetWord(plan.target)] ?? ''}${ticket === undefined ? '' : `, ticket ${plain(ticket)}`}`
}

function whomOf(state: RunState): string {
  const names = identitiesOf(state).map(each => plain(identityText(each)))
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `${names.slice(0, NAMED).join(', ')}${more}`
}

function identitiesOf({ changes }: RunState) {
  return [...new Map([...changes.values()].map(({ identity }) => [identity.id, identity])).values()]
}

/** Notifies all at once, and reports on stderr who was not notified: what happened to the run does not depend on it. */
export async function notifyRun(
  notifiers: readonly Notifier[],
  message: Message,
  timing: Pick<Timing, 'sleep'>,
): Promise<void> {
  if (notifiers.length === 0) return
  const last = new AbortController()
  setMaxListeners(0, last.signal)
  const done = new AbortController()
  void timing.sleep(MOST, done.signal).then(() => {
    if (!done.signal.aborted) last.abort()
  })
  await Promise.all(
    notifiers.map(notifier =>
      notifier.send(message, last.signal).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        tell(`interdict: ${why.includes(notifier.name) ? why : `${notifier.name} was not notified: ${why}`}`)
      }),
    ),
  )
  done.abort()
}
