import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonical, type Json } from '../../model/json.ts'
import { removeIfThere } from '../files.ts'
import type { Seal } from '../seal.ts'

const PURPOSE = 'interdict-gate pins 1'
const CHANGED = 'interdict-gate changed pins 1'
const MOST_SHOWN = 16 * 1024

export interface Tool {
  /** As the policy names it: `server/tool`. */
  name: string
  definition: Json
}

/** A definition that is not the pinned one. */
interface Changed {
  hash: string
  /** What it is now, for the person who looks at it. */
  definition: string
}

/**
 * What the tools of a server looked like when they were first listed. A definition is what the model acts on; one that
 * changes later is how a server that was trusted turns.
 */
export class Pins {
  readonly #path: string
  readonly #seal: Seal
  #pins: Map<string, string>
  readonly #changed: Map<string, Changed>

  constructor(state: string, server: string, seal: Seal) {
    const key = createHash('sha256').update(server).digest('hex').slice(0, 16)
    this.#path = join(state, 'gate', 'pins', `${server.replaceAll(/[^\w-]/g, '_').slice(0, 40)}-${key}`)
    this.#seal = seal
    this.#pins = this.#read(PURPOSE, this.#path)
    this.#changed = this.#read(CHANGED, `${this.#path}.changed`)
  }

  /** Compares a listing with what is known, and keeps what is new. */
  seen(tools: readonly Tool[]): void {
    const found = tools.map(tool => ({ ...tool, hash: hashOf(tool.definition) }))
    const other = found.filter(({ name, hash }) => this.#pins.get(name) !== hash)
    const settled = found.filter(
      ({ name }) => this.#changed.has(name) && !other.some(tool => tool.name === name),
    )
    if (other.length === 0 && settled.length === 0) return
    // Another proxy of the same server may have pinned them, or a person accepted them.
    this.#pins = this.#read(PURPOSE, this.#path)
    let fresh = false
    for (const { name, hash, definition } of found) {
      const known = this.#pins.get(name)
      if (known === undefined) {
        this.#pins.set(name, hash)
        fresh = true
      } else if (known === hash) this.#changed.delete(name)
      else this.#changed.set(name, { hash, definition: JSON.stringify(definition).slice(0, MOST_SHOWN) })
    }
    if (fresh) this.#seal.write(PURPOSE, this.#path, Object.fromEntries(this.#pins))
    this.#keepChanged()
  }

  hasChanged(tool: string): boolean {
    const changed = this.#changed.get(tool)
    if (changed === undefined) return false
    this.#pins = this.#read(PURPOSE, this.#path)
    if (this.#pins.get(tool) !== changed.hash) return true
    this.#changed.delete(tool)
    return false
  }

  /** Pinned tools, and those among them that are something else by now. */
  list(): { name: string; changed?: string }[] {
    return [...this.#pins.keys()].sort().map(name => {
      const changed = this.#changed.get(name)
      return { name, ...(changed === undefined ? {} : { changed: changed.definition }) }
    })
  }

  /** From now on the tool is what it was when it was last listed. False when it has not changed. */
  accept(tool: string): boolean {
    const changed = this.#changed.get(tool)
    if (changed === undefined) return false
    this.#pins.set(tool, changed.hash)
    this.#changed.delete(tool)
    this.#seal.write(PURPOSE, this.#path, Object.fromEntries(this.#pins))
    this.#keepChanged()
    return true
  }

  #keepChanged(): void {
    const path = `${this.#path}.changed`
    if (this.#changed.size === 0) removeIfThere(path)
    else this.#seal.write(CHANGED, path, Object.fromEntries(this.#changed))
  }

  /** Sealed by us, so of our shape. */
  #read<Value>(purpose: string, path: string): Map<string, Value> {
    return new Map(Object.entries((this.#seal.read(purpose, path) ?? {}) as { [tool: string]: Value }))
  }
}

function hashOf(definition: Json): string {
  return createHash('sha256').update(canonical(definition)).digest('hex')
}
