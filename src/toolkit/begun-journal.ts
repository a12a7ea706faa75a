import type { Journal } from '../model/journal.ts'

/** A journal that calls `begun` once its first entry is on disk. */
export function onceBegun(journal: Journal, begun: () => void | Promise<void>): Journal {
  return {
    run: journal.run,
    async append(body) {
      const entry = await journal.append(body)
      if (entry.type === 'run.started') await begun()
      return entry
    },
  }
}
