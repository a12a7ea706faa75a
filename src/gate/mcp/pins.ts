import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonical, type Json } from '../../model/json.ts'
import type { Seal } from '../../store/own-key.ts'
import { makeFolder, removeIfThere } from '../files.ts'
import { withLock } from '../lock.ts'
import { nameKey } from './tool-names.ts'

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
  /** The definition, for the person who looks at it. */
  definition: string
}

/**
 * The definitions that the tools of a server had when they were first listed. The model acts on a definition; a server that
 * was trusted and turns changes it.
 */
export class Pins {
  readonly #folder: string
  readonly #path: string
  readonly #seal: Seal
  #pins: Map<string, string>
  #changed: Map<string, Changed>
  /** Changed since the server last said that its tools did: one that changes back shows two definitions at once. */
  readonly #turned = new Set<string>()

  constructor(state: string, server: string, seal: Seal) {
    const key = createHash('sha256').update(server).digest('hex').slice(0, 16)
    this.#folder = join(state, 'gate', 'pins')
    this.#path = join(this.#folder, `${server.replaceAll(/[^\w-]/g, '_').slice(0, 40)}-${key}`)
    this.#seal = seal
    this.#pins = this.#read(PURPOSE, this.#path)
    this.#changed = this.#read(CHANGED, `${this.#path}.changed`)
  }

  /** Compares a listing with the pins, pins new tools, and keeps the definitions that differ. */
  seen(tools: readonly Tool[]): void {
    const found = tools.map(tool => ({ ...tool, hash: hashOf(tool.definition) }))
    const settled = ({ name, hash }: { name: string; hash: string }) =>
      this.#pins.get(name) === hash && (!this.#changed.has(name) || this.#turned.has(name))
    if (found.every(settled)) return
    // Another proxy of the same server may have pinned them, or a person accepted them.
    this.#locked(() => {
      const keys = new Map([...this.#pins.keys()].map(name => [nameKey(name), name]))
      for (const { name, hash, definition } of found) {
        const known = this.#pins.get(name)
        const holder = keys.get(nameKey(name)) ?? name
        if (known === hash) {
          if (!this.#turned.has(name)) this.#changed.delete(name)
        } else if (known === undefined && holder === name) {
          this.#pins.set(name, hash)
          keys.set(nameKey(name), name)
        } else {
          this.#turned.add(name)
          this.#changed.set(name, { hash, definition: JSON.stringify(definition).slice(0, MOST_SHOWN) })
        }
      }
    })
  }

  /** The server says that its tools changed: from now on a definition that is the pinned one again counts. */
  renewed(): void {
    this.#turned.clear()
  }

  /** Whether this is the definition that was pinned, and the server shows no other one. */
  isPinned({ name, definition }: Tool): boolean {
    return !this.hasChanged(name) && this.#pins.get(name) === hashOf(definition)
  }

  /** Whether the server shows another definition than the pinned one, and no person has accepted it. */
  hasChanged(tool: string): boolean {
    const changed = this.#changed.get(tool)
    if (changed === undefined) return false
    this.#pins = this.#read(PURPOSE, this.#path)
    if (this.#pins.get(tool) !== changed.hash) return true
    this.#changed.delete(tool)
    this.#turned.delete(tool)
    return false
  }

  /** Pinned tools, and the present definition of those that changed; also tools whose names are taken by pinned ones. */
  list(): { name: string; changed?: string }[] {
    return [...new Set([...this.#pins.keys(), ...this.#changed.keys()])].sort().map(name => {
      const changed = this.#changed.get(name)
      return { name, ...(changed === undefined ? {} : { changed: changed.definition }) }
    })
  }

  /** Pins the tool as it was when it was last listed. False when it has not changed. */
  accept(tool: string): boolean {
    return this.#locked(() => {
      const changed = this.#changed.get(tool)
      if (changed === undefined) return false
      this.#pins.set(tool, changed.hash)
      this.#changed.delete(tool)
      return true
    })
  }

  /** Does the work on what is on disk now, and writes what it changed. */
  #locked<Value>(work: () => Value): Value {
    makeFolder(this.#folder)
    let value: { of: Value } | undefined
    withLock(`${this.#path}.lock`, () => {
      this.#pins = this.#read(PURPOSE, this.#path)
      const mine = [...this.#changed].filter(
        ([name, { hash }]) => this.#turned.has(name) && this.#pins.get(name) !== hash,
      )
      this.#changed = new Map([...this.#read<Changed>(CHANGED, `${this.#path}.changed`), ...mine])
      const [pins, changed] = [canonical(entries(this.#pins)), canonical(entries(this.#changed))]
      value = { of: work() }
      if (canonical(entries(this.#pins)) !== pins) this.#seal.write(PURPOSE, this.#path, entries(this.#pins))
      if (canonical(entries(this.#changed)) === changed) return
      if (this.#changed.size === 0) removeIfThere(`${this.#path}.changed`)
      else this.#seal.write(CHANGED, `${this.#path}.changed`, entries(this.#changed))
    })
    if (value === undefined) throw new Error('the pins are locked')
    return value.of
  }

  /** Sealed by us, so of our shape. */
  #read<Value>(purpose: string, path: string): Map<string, Value> {
    return new Map(Object.entries((this.#seal.read(purpose, path) ?? {}) as { [tool: string]: Value }))
  }
}

function entries(map: ReadonlyMap<string, Json | Changed>): object {
  return Object.fromEntries(map)
}

function hashOf(definition: Json): string {
  return createHash('sha256').update(canonical(definition)).digest('hex')
}
