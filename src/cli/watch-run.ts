import { toFault } from '../model/fault.ts'
import type { ScopeFlags } from '../toolkit/scope-settings.ts'
import { type WatchOutcome, watchSources } from '../toolkit/watch/watch.ts'
import { count } from '../ui/text.ts'
import { answer } from './ask.ts'
import { guardMessage } from './guard-notes.ts'
import { plainHost } from './host.ts'
import { watchInterrupts } from './interrupt.ts'
import { notifiersFor } from './notifiers.ts'
import type { RunFlags } from './run-flags.ts'
import { exitWith, tell } from './terminal.ts'
import { notifyAll, WatchView } from './watch-notes.ts'

export interface WatchFlags extends RunFlags, ScopeFlags {
  playbooks: readonly string[]
  source: readonly string[]
  follow: boolean
  once: boolean
  learn: boolean
  mode: 'propose' | 'act'
  /** Seconds for which each run is guarded afterwards. */
  guard?: number | undefined
  ceiling: number
  /** Seconds that a record may be old for a trigger to act. */
  'max-age': number
  notify: readonly string[]
  mapping?: string | undefined
  tokens?: string | undefined
  tool: string
}

/**
 * `watch`: watches until the sources are drained, or a signal stops it. The first Ctrl-C, SIGTERM or lost terminal finishes what is
 * in hand; a second Ctrl-C or SIGTERM ends the program at once: what is left is done next time.
 */
export async function watch(flags: WatchFlags): Promise<void> {
  const plain = plainHost(flags, flags.tool)
  const { timing } = plain
  const view = new WatchView(flags.json === true, timing)
  const notifiers = await notifiersFor(flags, timing)
  const interrupt = watchInterrupts({ inHand: 'what is in hand', endsOnHangUp: true })
  const { signal } = interrupt
  interrupt.begin()
  const host = {
    ...plain,
    signal,
    answer: (question: Parameters<typeof answer>[0]) => answer(question, false),
  }
  const request = {
    ...flags,
    sources: flags.source,
    input: process.stdin,
    waiting: tell,
    maxAge: flags['max-age'],
    trustState: flags['trust-state'] === true,
    notified: notifiers.map(({ name }) => name),
  }
  try {
    await watchSources(host, request, {
      started: started => view.started(started),
      reading: guard => view.begin(guard),
      note: note => view.note(note),
      news(run, news, last) {
        view.guard(run, news)
        for (const notifier of notifiers) {
          const message = guardMessage(run, news, timing)
          void notifier
            .send(message, last)
            .catch((error: unknown) => tell(`interdict: ${toFault(error).message}`))
        }
      },
      notify: (note, last) =>
        notifyAll(notifiers, note, last, by => view.note({ event: 'notified', id: note.id, by })),
      ended(outcome) {
        view.end()
        if (outcome) report(outcome, flags, signal)
      },
    })
  } finally {
    view.end()
    interrupt.release()
  }
}

/** Prints how it went, for people, and sets the exit code. */
function report(
  { stats, waiting, setAside: file, learned }: WatchOutcome,
  { json }: WatchFlags,
  signal: AbortSignal,
): void {
  const { records, signals, setAside, fired, foreign, unread } = stats
  if (!json) {
    const aside = setAside > 0 ? `, ${setAside} set aside in ${file}` : ''
    const open = waiting > 0 ? `, ${waiting} still open: the next watch resumes them` : ''
    const others = foreign > 0 ? `, ${foreign} of accounts that are not ours` : ''
    const effect =
      learned === undefined
        ? `${fired} fired`
        : `learned; the usual of ${learned} ${learned === 1 ? 'identity' : 'identities'} is known`
    tell(`${count(records, 'record')}, ${count(signals, 'event')}, ${effect}${aside}${others}${open}`)
  }
  if (waiting > 0 || unread > 0) exitWith(waiting > 0 && signal.aborted ? 'interrupted' : 'incomplete')
}
