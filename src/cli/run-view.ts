import type { Entry } from '../model/entry.ts'
import type { Event, Listener } from '../model/event.ts'
import type { RunState } from '../model/run/state.ts'
import { REAL } from '../model/timing.ts'
import { tell } from './terminal.ts'

/** The picture of a run, on stderr. */
export interface RunView {
  listen: Listener
  /** From here on things are changed: the picture begins. `begun`: the run that is resumed. */
  begin(begun: { state: RunState; entries: readonly Entry[] } | undefined): Promise<void>
  end(): Promise<void>
}

/** Progress on stderr: a moving picture on a terminal, plain lines elsewhere, nothing with `--json`. */
export function runView(json: boolean): RunView {
  let listener: Listener = () => undefined
  let finish: () => Promise<void> = async () => undefined
  return {
    listen: (event: Event) => listener(event),
    async begin(begun) {
      if (json) return
      if (process.stderr.isTTY === true && process.env['TERM'] !== 'dumb') {
        const { liveView } = await import('../ui/live-view.ts')
        const live = await liveView(process.stderr, REAL, begun && structuredClone(begun.state))
        listener = live.listen
        finish = live.end
        return
      }
      const { lineListener } = await import('../ui/line-view.ts')
      listener = lineListener(tell, begun?.entries)
    },
    async end() {
      await finish()
      listener = () => undefined
      finish = async () => undefined
    },
  }
}
