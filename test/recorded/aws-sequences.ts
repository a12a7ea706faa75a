import { type AwsRecording, list, type Members } from './recordings.ts'

/** The recordings of one case, by operation. */
export class Case {
  readonly name: string
  readonly #byOperation = new Map<string, AwsRecording[]>()

  constructor(name: string, recordings: readonly AwsRecording[]) {
    this.name = name
    for (const each of recordings) {
      const known = this.#byOperation.get(each.operation)
      if (known) known.push(each)
      else this.#byOperation.set(each.operation, [each])
    }
  }

  all(operation: string): readonly AwsRecording[] {
    return this.#byOperation.get(operation) ?? []
  }

  /** The answers to an operation that name something, by that name; refusals name it in their message. */
  named(operation: string, nameOf: (body: Members) => string | undefined): Map<string, AwsRecording[]> {
    const found = new Map<string, AwsRecording[]>()
    for (const each of this.all(operation)) {
      const name = each.status === 200 ? nameOf(each.body) : nameRefused(each)
      if (name === undefined) continue
      const known = found.get(name)
      if (known) known.push(each)
      else found.set(name, [each])
    }
    return found
  }

  /** The states of a listing, oldest first; what follows a truncated answer is its next page. */
  listings(operation: string, member: string): Listing[] {
    const found: Listing[] = []
    let isOpen = false
    for (const each of this.all(operation)) {
      if (each.status !== 200) continue
      const items = list(each.body, member)
      const last = found.at(-1)
      if (isOpen && last) {
        last.items.push(...items)
        last.files.push(each.file)
      } else found.push({ items: [...items], files: [each.file] })
      isOpen = each.body['IsTruncated'] === true
    }
    return found
  }
}

export interface Listing {
  items: Members[]
  files: string[]
}

function nameRefused({ body }: AwsRecording): string | undefined {
  const { Message } = (body['Error'] ?? {}) as Members
  return /(?:with name |for arn |Policy (?=arn:))(\S+)/.exec(String(Message))?.[1]
}

/** The state at a moment: the moment-th, or the last that was recorded. */
export function at<Item>(states: readonly Item[] | undefined, moment: number): Item | undefined {
  return states?.[Math.min(moment, states.length - 1)]
}

/**
 * Which of the answers that name nobody belong to whom. They were recorded in the order of the listing: the i-th is about
 * the i-th; where there are more answers than names, the later ones were recorded at later moments.
 */
export function inOrder<Item>(
  answers: readonly Item[],
  names: readonly string[],
  moment: number,
): Map<string, Item> {
  const start = Math.max(0, Math.min(moment * names.length, answers.length - names.length))
  const found = new Map<string, Item>()
  names.forEach((name, index) => {
    const answer = answers[start + index]
    if (answer !== undefined) found.set(name, answer)
  })
  return found
}
