import { nearest } from './document/problems.ts'
import { EVENT } from './expression/event.ts'
import type { Signal } from './signal.ts'

const DETAIL = /^details\.([A-Za-z_][\w]{0,99})$/

/** Why a path such as `identity.id` or `details.appId` is none in a signal, or undefined. */
export function signalPathFlaw(path: string): string | undefined {
  if (DETAIL.test(path) || PATHS.has(path)) return undefined
  const near = nearest(path, PATHS)
  return `events have no '${path}'${near === undefined ? '' : ` (did you mean '${near}'?)`}`
}

/** The scalar at a path, as text; undefined when the signal does not have it. A list is no value to group by. */
export function signalPathReader(path: string): (signal: Signal) => string | undefined {
  const detail = DETAIL.exec(path)?.[1]
  if (detail !== undefined) return ({ details }) => textOf(own(details, detail))
  const [first = '', second] = path.split('.')
  if (!PATHS.has(path)) return () => undefined
  if (second === undefined) return signal => textOf(own(signal, first))
  return signal => textOf(own(own(signal, first), second))
}

const PATHS: ReadonlySet<string> = new Set(
  Object.entries(EVENT).flatMap(([name, fact]) =>
    typeof fact === 'object'
      ? Object.keys(fact).map(inside => `${name}.${inside}`)
      : name === 'details'
        ? []
        : [name],
  ),
)

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as { [name: string]: unknown })[name]
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
