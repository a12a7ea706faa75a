import type { Journal } from '../model/journal.ts'

/** A journal that says when its first entry is on disk. */
export function tellingBegun(journal: Journal, begun: () => void): Journal {
  return {
    run: journal.run,
    async append(body) {
      const entry = await journal.append(body)
      if (entry.type === 'run.started') begun()
      return entry
    },
  }
}
