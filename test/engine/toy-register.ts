import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Provider } from '../../src/model/provider.ts'
import { interruption, provider, type ToyCloud } from './toy-cloud.ts'

/**
 * The town's one list of who has which rights, like the policy of a project: every write replaces all of it. Questions
 * of one turn of the event loop are carried out as one request.
 */
export class Register {
  rights: Record<string, string> = {}
  /** Requests made: each read and write of the whole list, with what it was for. */
  readonly requests: string[] = []
  /** Called before a write is carried out; may throw, or return what to throw after it. */
  onWrite: (names: string[]) => Error | undefined = () => undefined
  /** Names that there is no room to bar. */
  readonly full = new Set<string>()
  #reading: Promise<Record<string, string>> | undefined
  #writing: { edits: Map<string, string | undefined>; done: Promise<void> } | undefined

  read(): Promise<Record<string, string>> {
    this.#reading ??= this.#turn(() => {
      this.#reading = undefined
      this.requests.push('read')
      return { ...this.rights }
    })
    return this.#reading
  }

  write(name: string, right: string | undefined): Promise<void> {
    const edits = this.#writing?.edits ?? new Map<string, string | undefined>()
    edits.set(name, right)
    this.#writing ??= {
      edits,
      done: this.#turn(() => {
        this.#writing = undefined
        const names = [...edits.keys()].sort()
        this.requests.push(`write ${names.join(' ')}`)
        const fault = this.onWrite(names)
        for (const [each, value] of edits) {
          if (value === undefined) delete this.rights[each]
          else this.rights[each] = value
        }
        if (fault) throw fault
      }),
    }
    return this.#writing.done
  }

  #turn<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
    })
  }
}

/** Takes an identity off the register, together with all others. */
export function evictFrom(
  register: Register,
  more: Partial<Interruption<ToyCloud>> = {},
): Interruption<ToyCloud> {
  return interruption('door', 'detach', {
    id: 'toy.door.evict',
    together: true,
    async read(cloud, { identity }) {
      const rights = await register.read()
      const door = cloud.doors.get(identity.name)
      const right = rights[identity.name]
      return door && { uid: door.uid, facet: right === undefined ? {} : { right } }
    },
    cut: facet => withEntries(facet, [['right', undefined]]),
    async write(_, __, to, { identity }) {
      const right = to['right']
      if (register.full.has(identity.name) && right === 'barred') throw new Fault('quota', 'no room')
      await register.write(identity.name, typeof right === 'string' ? right : undefined)
    },
    ...more,
  })
}

export function withInterruptions(...more: Interruption<ToyCloud>[]): Provider {
  return {
    ...provider,
    interruptions: [...provider.interruptions, ...(more as unknown as Provider['interruptions'])],
  }
}
