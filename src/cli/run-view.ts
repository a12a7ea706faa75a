import type { Entry } from '../model/entry.ts'
import type { Event, Listener } from '../model/event.ts'
import type { RunState } from '../model/run/replay.ts'
import { tell } from './terminal.ts'

export interface Watch {
  listen: Listener
  /** From here on things are changed: the picture begins. `begun` when a run is gone on with. */
  begin(begun?: { state: RunState; entries: readonly Entry[] }): Promise<void>
  end(): Promise<void>
}

/** Progress on stderr: a moving picture on a terminal, plain lines elsewhere, nothing with `--json`. */
export function watchOf(json: boolean): Watch {
  let listener: Listener = () => undefined
  let finish: () => Promise<void> = async () => undefined
  return {
    listen: (event: Event) => listener(event),
    async begin(begun) {
      if (json) return
      if (process.stderr.isTTY === true && process.env['TERM'] !== 'dumb') {
        const { liveView } = await import('../ui/live-view.ts')
        const live = await liveView(process.stderr, begun && structuredClone(begun.state))
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
