import type { GuardNews } from '../engine/index.ts'
import type { RunState } from '../model/run/state.ts'
import { type Timing, timestamp } from '../model/timing.ts'
import type { Message, Notifier } from '../notify/index.ts'
import { plain } from '../ui/text.ts'
import { tell } from './terminal.ts'

/** Notifications that may take their time at the very end, in milliseconds. */
const LAST_WORDS = 10_000

export type GuardNotifier = ReturnType<typeof guardNotifier>

/** Notifies people of counter-moves, once for each fight and not for each move. */
export function guardNotifier(notifiers: readonly Notifier[], run: string, state: RunState, timing: Timing) {
  const sending = new Set<Promise<unknown>>()
  const last = new AbortController()
  const report = ({ what, count, identities }: GuardNews) => {
    const news = { what, count, identities }
    const message = guardMessage(run, news, timing, state.plan.playbook.name)
    for (const notifier of notifiers) {
      const send = notifier
        .send(message, last.signal)
        .catch((error: unknown) =>
          tell(
            `interdict: ${notifier.name} was not notified: ${error instanceof Error ? error.message : String(error)}`,
          ),
        )
        .finally(() => sending.delete(send))
      sending.add(send)
    }
  }
  return {
    report,
    /** Resolves when everybody was notified, or the time for it is over. */
    async done(): Promise<void> {
      const sent = new AbortController()
      void timing.sleep(LAST_WORDS, sent.signal).then(() => {
        if (!sent.signal.aborted) last.abort()
      })
      await Promise.all(sending)
      sent.abort()
    },
  }
}

/** The notification about a fight. */
export function guardMessage(
  run: string,
  news: GuardNews,
  timing: Pick<Timing, 'date'>,
  playbook?: string,
): Message {
  const time = timestamp(timing)
  const { what, count, identities } = news
  return {
    id: `${run}.guard.${what}.${time}`,
    event: `guard.${what}`,
    time,
    text: guardText(run, news),
    body: { run, ...(playbook === undefined ? {} : { playbook }), count, identities },
  }
}

/** One line about a fight, for people. */
export function guardText(run: string, { what, count, identities }: GuardNews): string {
  const whom = identities.map(plain).join(', ')
  const times = `${count} ${count === 1 ? 'time' : 'times'}`
  if (what === 'enforced') return `run ${run}: everything is enforced and proven`
  if (what === 'contested') {
    return `CONTESTED: run ${run}: somebody undid it ${times} (${whom}), and writing it again does not win`
  }
  return `UNDONE: run ${run}: somebody undid it ${times} (${whom}); it was written again`
}
