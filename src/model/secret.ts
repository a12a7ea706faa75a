import { Fault } from './fault.ts'
import { isObject } from './json-object.ts'

const SHOWN = '[secret]'

/**
 * A secret on its way from the cloud that made it to the place that keeps it. However it is printed, logged or put into
 * JSON, only `[secret]` comes out; code that needs the text calls `reveal`.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Returns the text. Call it only where the text is handed to a destination. */
  reveal(): string {
    return this.#text
  }

  /** Whether another secret has the same text. */
  equals(other: Secret): boolean {
    return this.#text === other.#text
  }

  /** Returns `[secret]`. */
  toString(): string {
    return SHOWN
  }

  /** Returns `[secret]`. */
  toJSON(): string {
    return SHOWN
  }

  /** Returns `[secret]`, for `console.log` and `util.inspect`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN
  }

  /**
   * The fault without any part of the secret, and without its cause: a server may send back what it was sent, and an
   * error of a client may carry the request.
   */
  keepFrom(fault: Fault): Fault {
    const clean = (text: string) => this.#parts().reduce((kept, part) => kept.replaceAll(part, SHOWN), text)
    return new Fault(fault.code, clean(fault.message), {
      ...(fault.where === undefined ? {} : { where: clean(fault.where) }),
      ...(fault.next === undefined ? {} : { next: clean(fault.next) }),
    })
  }

  /** The text, and every string in it when it is JSON: each is secret, or at least nobody misses it in an error. */
  #parts(): string[] {
    const parts = [this.#text, JSON.stringify(this.#text).slice(1, -1)]
    try {
      const value: unknown = JSON.parse(this.#text)
      for (const each of Object.values(value ?? {})) {
        if (typeof each !== 'string' || each.length < LEAST) continue
        parts.push(each, JSON.stringify(each).slice(1, -1), encodeURIComponent(each))
      }
    } catch {
      parts.push(encodeURIComponent(this.#text))
    }
    return parts.filter(part => part.length >= LEAST).sort((a, b) => b.length - a.length)
  }
}

/** Shorter than any secret that a cloud makes. */
const LEAST = 16

/** Returns these members of a secret that is a JSON object; `undefined` unless all of them are texts. */
export function textsIn<Name extends string>(
  secret: Secret,
  names: readonly Name[],
): { [Member in Name]: string } | undefined {
  try {
    const value: unknown = JSON.parse(secret.reveal())
    if (!isObject(value) || !names.every(name => typeof value[name] === 'string')) return undefined
    return Object.fromEntries(names.map(name => [name, value[name]])) as { [Member in Name]: string }
  } catch {
    return undefined
  }
}
