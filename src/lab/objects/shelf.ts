import { createHash } from 'node:crypto'
import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'

/** An object of a bucket. */
export interface LabObject {
  content: string
  /** Another one for each write, over all objects. */
  generation: number
  /** The MD5 of the content, in quotation marks. */
  etag: string
}

/** The objects of one bucket or container, by name. */
export class Shelf {
  readonly #objects = new Map<string, LabObject>()
  #generation = 1_000

  get(name: string): LabObject | undefined {
    return this.#objects.get(name)
  }

  put(name: string, content: string): LabObject {
    const etag = `"${createHash('md5').update(content).digest('hex')}"`
    const object = { content, generation: this.#generation++, etag }
    this.#objects.set(name, object)
    return object
  }

  remove(name: string): void {
    this.#objects.delete(name)
  }

  /** Up to `most` names with the prefix after the given one, in their order, and whether there are more. */
  list(prefix: string, after: string, most: number): { names: string[]; more: boolean } {
    const names = [...this.#objects.keys()].filter(name => name.startsWith(prefix) && name > after).sort()
    return { names: names.slice(0, most), more: names.length > most }
  }
}

/** The buckets, as the wire of one service needs them. */
export interface Shelves {
  /** By the name in the address; undefined when there is none. */
  find(bucket: string): Shelf | undefined
  /** Names in one page of a list. */
  pageSize: number
  /** Conditions of these methods are ignored, as some compatible services do. */
  ignores: ReadonlySet<string>
}

/** A call once it is known what it asks for. */
export interface ObjectCall {
  cloud: string
  service: string
  operation: string
  caller: string | undefined
  params: { readonly [name: string]: unknown }
  run(): Answer
  /** A refusal in the words of the service. */
  refuse(code: string, status: number): Answer
}

/** One service on the wire; undefined for a request that is not for it. */
export type ObjectWire = (shelves: Shelves, exchange: Exchange) => ObjectCall | undefined

/** Text as it stands in XML. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
