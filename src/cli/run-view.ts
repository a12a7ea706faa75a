import type { Entry } from '../model/entry.ts'
import type { Event, Listener } from '../model/event.ts'
import type { RunState } from '../model/run/state.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { area, isLive, tell } from './terminal.ts'

/** The picture of a run, on stderr. */
export interface RunView {
  listen: Listener
  /** From here on things are changed: the picture begins. `begun`: the run that is resumed. */
  begin(begun: { state: RunState; entries: readonly Entry[] } | undefined): Promise<void>
  end(): Promise<void>
}

/** Progress on stderr: a moving picture on a terminal, plain lines elsewhere, nothing with `--json`. */
export function runView(json: boolean, { isTitled }: { isTitled: boolean }): RunView {
  let listener: Listener = () => undefined
  let finish: () => Promise<void> = async () => undefined
  return {
    listen: (event: Event) => listener(event),
    async begin(begun) {
      if (json) return
      if (isLive()) {
        const [{ liveView }, { pageOf }] = await Promise.all([
          import('../ui/live-view.ts'),
          import('../ui/page.ts'),
        ])
        const { paint } = await pageOf(process.stderr, { now: timestamp(REAL) })
        const live = liveView(
          { area, paint, timing: REAL, write: tell, isTitled },
          begun && structuredClone(begun.state),
        )
        listener = live.listen
        finish = async () => {
          const last = await live.end()
          // The result has the same lines. Where it goes elsewhere, or there is none, the picture stays.
          if (!live.isFinished() || process.stdout.isTTY !== true) tell(`${last.join('\n')}\n\n`)
        }
        return
      }
      const { lineListener } = await import('../ui/line-view.ts')
      listener = lineListener(tell, begun?.entries, begun?.state)
    },
    async end() {
      await finish()
      listener = () => undefined
      finish = async () => undefined
    },
  }
}
