import type { ParseResult } from '@marcbachmann/cel-js'
import { walk, withSafeMatches } from '../model/expression/guards.ts'
import { found, patternWork } from '../model/expression/pattern.ts'
import type { Json } from '../model/json.ts'
import { Budget } from './budget.ts'
import { isObject } from './call.ts'
import { type CallFunctions, makeEnvironment } from './environment.ts'
import type { Verdict } from './evaluate.ts'
import { type Flaw, lookAlikeFlaw } from './evaluate-values.ts'
import { hasLookAlike } from './look-alikes.ts'
import { resolvedNow } from './path-lookup.ts'
import { absolutePath, isWithin, PathFlaw, type Resolved } from './paths.ts'

/** A call as it is sent to where CEL is: plain data. `args` is absent where they are not known. */
export interface PlainCall {
  texts: { [name: string]: string | undefined }
  args?: { [name: string]: Json }
  time: Date
  /** All names of arguments that the policy looks at. */
  names: ReadonlySet<string>
}

/** Of all patterns in one call: two seconds where RE2 is at its slowest. */
const MOST_PATTERN_STEPS = 1e8
/** Two loops in one another take the square of this. */
const MOST_LOOPED = 1_000
const MOST_SECONDS = 60

/** All of CEL over one call. It has no bound in time: it runs in a thread that can be ended. */
export class WholeCel {
  readonly #call: PlainCall
  readonly #args: Map<string, unknown> | undefined
  /** Keeps what looking for look-alikes costs from being endless; the thread's own end comes earlier. */
  readonly #budget = new Budget(MOST_SECONDS, Number.MAX_SAFE_INTEGER)
  readonly #programs = new Map<string, ParseResult>()
  #patternSteps = MOST_PATTERN_STEPS
  #flaws: Flaw[] = []

  constructor(call: PlainCall) {
    this.#call = call
    this.#args = call.args && this.#mapOf(call.args)
  }

  /** Evaluates the expression; never returns `unsupported`. */
  verdictOf(source: string, loops: number): Verdict {
    const { texts, time, args } = this.#call
    if (args !== undefined && loops > 1 && longest(args) > MOST_LOOPED)
      return { why: `more than ${MOST_LOOPED} items in nested loops` }
    this.#flaws = []
    try {
      const known = this.#args === undefined ? {} : { args: this.#args }
      const result: unknown = this.#programOf(source)({ ...texts, time, ...known })
      return typeof result === 'boolean' ? result : 'error'
    } catch {
      return this.#flaws.find(({ ambiguous }) => ambiguous) ?? this.#flaws[0] ?? 'error'
    }
  }

  #programOf(source: string): ParseResult {
    const known = this.#programs.get(source)
    if (known !== undefined) return known
    const environment = makeEnvironment(this.#functions())
    const made = environment.parse(withSafeMatches(source, walk(environment.parse(source).ast)) ?? source)
    this.#programs.set(source, made)
    return made
  }

  #functions(): CallFunctions {
    return {
      find: (text, pattern) => {
        this.#patternSteps -= patternWork(text, pattern)
        if (this.#patternSteps < 0) this.#fail({ why: 'matching patterns in so much text takes too long' })
        return found(text, pattern)
      },
      path: path => this.#resolved(path).text,
      within: (path, root) => {
        const [inner, outer] = [this.#resolved(path), this.#resolved(root)]
        try {
          return isWithin(inner, outer)
        } catch (error) {
          return this.#pathFailed(error)
        }
      },
    }
  }

  #resolved(path: string): Resolved {
    try {
      return resolvedNow(absolutePath(path, this.#call.texts['cwd']))
    } catch (error) {
      return this.#pathFailed(error)
    }
  }

  #pathFailed(error: unknown): never {
    return this.#fail({ why: error instanceof PathFlaw ? error.message : 'its path cannot be read' })
  }

  #fail(flaw: Flaw): never {
    this.#flaws.push(flaw)
    throw new Error(flaw.why)
  }

  /** CEL's maps of our objects; a name that another member could be taken for cannot be looked at. */
  #mapOf(object: { [name: string]: Json }): Map<string, unknown> {
    const map = new Map<string, unknown>()
    for (const [name, value] of Object.entries(object)) map.set(name, this.#valueOf(value))
    // CEL asks for the constructor: a class of our own would not be a map to it.
    const { get, has } = Map.prototype
    map.get = name => get.call(map, this.#asked(object, name))
    map.has = name => has.call(map, this.#asked(object, name))
    return map
  }

  #valueOf(json: Json): unknown {
    if (Array.isArray(json)) return json.map(each => this.#valueOf(each))
    if (isObject(json)) return this.#mapOf(json)
    return typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : json
  }

  #asked(object: { [name: string]: Json }, name: string): string {
    if (typeof name === 'string' && hasLookAlike(object, name, this.#call.names, this.#budget))
      this.#fail(lookAlikeFlaw(name))
    return name
  }
}

function longest(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Array.isArray(value) ? value : Object.values(value)
  return items.reduce<number>((most, item) => Math.max(most, longest(item)), items.length)
}
