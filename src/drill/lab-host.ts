import type { Cloud } from '../clouds/index.ts'
import type { Lab } from '../lab/index.ts'
import type { Timing } from '../model/timing.ts'
import { actorOf } from '../store/actor.ts'
import { direct, type Folders, type Host } from '../toolkit/host.ts'
import { openedLab } from './lab-world.ts'

/** The parts of a rehearsal that its host needs. */
interface Rehearsed {
  folders: Folders
  clouds: readonly Cloud[]
  tool: string
  timing: Timing
  signal?: AbortSignal | undefined
}

/** Returns the host of a rehearsal in a lab of this process: it agrees to what it is asked, and shows nothing. */
export function labHost(lab: Lab, { folders, clouds, tool, timing, signal }: Rehearsed): Host {
  return {
    folders,
    lab: true,
    labIn: openedLab(lab),
    clouds,
    environment: {},
    timing,
    actor: actorOf(),
    tool,
    ...(signal ? { signal } : {}),
    listen: () => undefined,
    answer: async ({ type }) =>
      type === 'contain' || type === 'restore' || type === 'rotate' ? true : undefined,
    warn: () => undefined,
    notice: async () => undefined,
    during: direct,
  }
}
