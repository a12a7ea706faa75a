import { DOCUMENT_LIMITS } from './limits.ts'
import { type Problem, sorted } from './problems.ts'
import type { Path, Yaml } from './yaml.ts'

/** Something wrong, without its place. */
interface Flaw {
  message: string
  /** The text to write instead, ready to paste, or a sentence that says what to do. */
  suggestion?: string
}

/** Collects what is wrong with a document, each with its place in the text. */
export class Report {
  readonly #yaml: Yaml
  readonly #file: string
  readonly #problems: Problem[]
  readonly #isIgnored: (path: Path) => boolean

  /** @param yaml whose own problems are the first ones */
  constructor(yaml: Yaml, file: string, problems = [...yaml.problems], isIgnored = (_: Path) => false) {
    this.#yaml = yaml
    this.#file = file
    this.#problems = problems
    this.#isIgnored = isIgnored
  }

  /** Returns a report that adds to this one and ignores the problems at some paths. */
  without(isIgnored: (path: Path) => boolean): Report {
    return new Report(this.#yaml, this.#file, this.#problems, isIgnored)
  }

  /** Whether there is an error among them. */
  get failed(): boolean {
    return this.#problems.some(({ severity }) => severity === 'error')
  }

  /** @param at the key at the path, its value, or a character of its text value, from 0 */
  add(severity: Problem['severity'], path: Path, flaw: Flaw, at: 'key' | 'value' | number = 'value'): void {
    if (this.#isIgnored(path)) return
    const place =
      typeof at === 'number'
        ? this.#yaml.placeIn(path, at)
        : at === 'key'
          ? this.#yaml.keyPlace(path)
          : this.#yaml.place(path)
    this.#problems.push({ severity, ...flaw, file: this.#file, ...place, path: path.join('.') })
  }

  /** Returns errors first, then by place; at most `DOCUMENT_LIMITS.problems`. */
  problems(): Problem[] {
    return sorted(this.#problems).slice(0, DOCUMENT_LIMITS.problems)
  }
}
