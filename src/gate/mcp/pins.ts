import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonical, type Json } from '../../model/json.ts'
import type { Seal } from '../seal.ts'

const PURPOSE = 'interdict-gate pins 1'

/**
 * What the tools of a server looked like when they were first listed. A definition is what the model acts on; one that
 * changes later is how a server that was trusted turns.
 */
export class Pins {
  readonly #path: string
  readonly #seal: Seal
  readonly #pins: Map<string, string>
  readonly #changed = new Set<string>()

  constructor(state: string, server: string, seal: Seal) {
    const key = createHash('sha256').update(server).digest('hex').slice(0, 16)
    this.#path = join(state, 'gate', 'pins', `${server.replaceAll(/[^\w-]/g, '_').slice(0, 40)}-${key}`)
    this.#seal = seal
    this.#pins = new Map(Object.entries((seal.read(PURPOSE, this.#path) ?? {}) as { [tool: string]: string }))
  }

  /** Compares a listing with what is known, and keeps what is new. */
  seen(tools: readonly { name: string; definition: Json }[]): void {
    let fresh = false
    for (const { name, definition } of tools) {
      const hash = createHash('sha256').update(canonical(definition)).digest('hex')
      const known = this.#pins.get(name)
      if (known === undefined) {
        this.#pins.set(name, hash)
        fresh = true
      } else if (known === hash) this.#changed.delete(name)
      else this.#changed.add(name)
    }
    if (fresh) this.#seal.write(PURPOSE, this.#path, Object.fromEntries(this.#pins))
  }

  hasChanged(tool: string): boolean {
    return this.#changed.has(tool)
  }
}
