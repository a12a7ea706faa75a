import type { Json } from '../json.ts'
import { checkEventExpression, EventFlaw, type EventValue, eventParts } from './event.ts'

/** One condition of an expression, and whether an event meets it. */
export interface Part {
  text: string
  holds: boolean
  /** Why it could not be evaluated, e.g. that a pattern is applied to a number. */
  flaw?: string
  /** Values of the members that it looks at; `null` for one that the event does not have. */
  saw: { [path: string]: Json }
  /** Conditions of which one is enough, where this is an `||`. */
  of?: readonly Omit<Part, 'of'>[]
}

/**
 * Tests each condition of an expression on an event: the expression is taken apart at its outermost `&&`, and each of
 * these at its outermost `||`.
 * @throws nothing for an expression that `checkEventExpression` accepts
 */
export function explained(source: string, event: EventValue): readonly Part[] {
  return eventParts(source).map(({ text, alternatives }) => {
    const part = partOf(text, event)
    return alternatives.length > 1 ? { ...part, of: alternatives.map(each => partOf(each, event)) } : part
  })
}

function partOf(text: string, event: EventValue): Part {
  const { expression } = checkEventExpression(text, 'bool')
  const found = expression?.test(event)
  const saw = sawOf(text, event)
  if (found instanceof EventFlaw) return { text, holds: false, flaw: found.message, saw }
  return { text, holds: found === true, saw }
}

const PATH = /\bevent(?:\.[A-Za-z_]\w*)+/g

/** Values at the paths of the event that are written out in a text. Those in quotes are found as well, and do no harm. */
function sawOf(text: string, event: EventValue): { [path: string]: Json } {
  const saw = new Map<string, Json>()
  for (const path of new Set(text.match(PATH) ?? [])) {
    const time = path === 'event.time' ? timeOf(event) : undefined
    if (time !== undefined) saw.set(path, time)
    const value = checkEventExpression(path, 'input').expression?.value(event)
    if (value instanceof EventFlaw) continue
    if (value !== undefined) saw.set(path, value)
    else if (checkEventExpression(path, 'input').expression !== undefined) saw.set(path, null)
  }
  return Object.fromEntries(saw)
}

/** The time of the event in RFC 3339: no other member is a time, and inputs take none. */
function timeOf({ event }: EventValue): string | undefined {
  const time = event instanceof Map ? event.get('time') : undefined
  return time instanceof Date ? time.toISOString() : undefined
}
