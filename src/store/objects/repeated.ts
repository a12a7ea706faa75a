import { Fault } from '../../model/fault.ts'
import type { Timing } from '../../model/timing.ts'
import {
  type Condition,
  type ObjectService,
  type ObjectStore,
  Unanswered,
  type Written,
} from './object-store.ts'

/** Tries of one call. */
const TRIES = 6
/** Milliseconds before the second try; doubled before each later one. */
const PAUSE_MS = 100

/**
 * Makes a store of a service: repeats calls that were not answered, and reads the object after a refused write or deletion. A write whose
 * answer is lost is refused when it is repeated, because of itself: OpenTofu took its own lock for somebody else's (issue 4405 of
 * opentofu/opentofu).
 */
export function repeated(service: ObjectService, timing: Timing): ObjectStore {
  const { where } = service
  const trying = async <Answer>(doing: string, call: () => Promise<Answer>): Promise<Answer> => {
    for (let tried = 1; ; tried++) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
        if (tried === TRIES) throw unreachable(doing, where, error)
        await timing.sleep(PAUSE_MS * 2 ** (tried - 1) * (0.5 + timing.random() / 2))
      }
    }
  }
  const get = (name: string) => trying(`read ${name}`, () => service.get(name))
  return {
    where,
    get,
    async put(name: string, bytes: Buffer, condition: Condition): Promise<Written> {
      const written = await trying(`write ${name}`, () => service.put(name, bytes, condition))
      if (written.kind === 'written') return written
      const found = await get(name)
      return found?.bytes.equals(bytes) ? { kind: 'written', tag: found.tag } : written
    },
    list: prefix => trying(`list ${prefix}`, () => service.list(prefix)),
    async remove(name, tag) {
      if ((await trying(`delete ${name}`, () => service.remove(name, tag))) !== 'conflict') return true
      // Azurite refuses the condition for a missing object, and an earlier try may have deleted it.
      return (await get(name)) === undefined
    },
    now: () => trying('read the clock', () => service.now()),
  }
}

function unreachable(doing: string, where: string, { message }: Unanswered): Fault {
  return new Fault('journal', `cannot ${doing} in the store: ${message}`, {
    where,
    next: 'check the network, and that the service is up',
  })
}
