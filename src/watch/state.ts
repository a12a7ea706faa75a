import { isObject } from '../model/json-object.ts'
import type { Score } from './risk.ts'
import type { WindowState } from './window.ts'

/** The memory of an evaluator, as plain data. */
export type WatchState = {
  version: 1
  /** `playbook/trigger` → digest of what it says: what was counted for another text is forgotten. */
  triggers: [name: string, digest: string][]
  seen: string[]
  /** Ids of security event tokens; missing in states of before. */
  tokens?: string[]
  /** How many of the last ids of `seen` and of `tokens` are of the newer generation; missing in states of before. */
  fresh?: [seen: number, tokens: number]
  /** Id of an event → why it is doubtful; missing in states of before. */
  doubts?: [id: string, doubt: string][]
  groups: [key: string, window: WindowState][]
  risks: [key: string, risk: RiskState][]
  /** Playbook, trigger and group → event time of the last firing, milliseconds since the epoch. */
  fired: [key: string, time: number][]
}

/** Points of an identity in a playbook. */
export type RiskState = {
  /** `playbook/trigger` → its score. */
  scores: [trigger: string, score: Score][]
  /** The last signals that added some. */
  ids: string[]
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

export function isTexts(value: unknown): value is string[] {
  return isList(value) && value.every(item => typeof item === 'string')
}

/** A list of pairs of a text and something that is checked. */
export function isPairs<Of>(value: unknown, holds: (value: unknown) => value is Of): value is [string, Of][] {
  return (
    isList(value) &&
    value.every(pair => isList(pair) && pair.length === 2 && typeof pair[0] === 'string' && holds(pair[1]))
  )
}

export function isWatchState(value: unknown): value is WatchState {
  return (
    isObject(value) &&
    value['version'] === 1 &&
    isPairs(value['triggers'], isText) &&
    isTexts(value['seen']) &&
    (value['tokens'] === undefined || isTexts(value['tokens'])) &&
    (value['fresh'] === undefined || isCounts(value['fresh'])) &&
    (value['doubts'] === undefined || isPairs(value['doubts'], isText)) &&
    isPairs(value['groups'], isWindow) &&
    isPairs(value['risks'], isRisk) &&
    isPairs(value['fired'], isTime)
  )
}

function isCounts(value: unknown): value is [number, number] {
  return isList(value) && value.length === 2 && value.every(each => Number.isSafeInteger(each))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isWindow(value: unknown): value is WindowState {
  if (!isObject(value) || !isTexts(value['ids']) || !isList(value['times'])) return false
  const { times, values, ids } = value
  if (times.length !== ids.length || !times.every(isTime)) return false
  if (times.some((time, index) => index > 0 && time < (times[index - 1] ?? 0))) return false
  return values === undefined || (isTexts(values) && values.length === ids.length)
}

function isRisk(value: unknown): value is RiskState {
  return isObject(value) && isTexts(value['ids']) && isPairs(value['scores'], isScore)
}

function isScore(value: unknown): value is Score {
  return isObject(value) && isTime(value['points']) && isTime(value['at'])
}

/**
 * A change of the memory, as plain data. The same changes in the same order make the same memory.
 *
 * - `s`, `t`: the id of a record, of a token, was seen · `d`: an event is doubtful
 * - `w`: values were counted in the window of a group; `reach` is the milliseconds before its newest event that it keeps
 * - `r`: points were added to an identity in a playbook · `c`: its points are spent
 * - `f`: a trigger fired for a group · `n`: it may fire again
 */
export type MemoryChange =
  | [what: 's' | 't', id: string]
  | [what: 'd', id: string, doubt: string]
  | [what: 'w', key: string, distinct: 0 | 1, counted: CountedState]
  | [what: 'r', key: string, trigger: string, points: number, time: number, halfLife: number, id: string]
  | [what: 'c' | 'n', key: string]
  | [what: 'f', key: string, time: number]

/** `values`: null counts the event. */
type CountedState = [
  time: number,
  id: string,
  times: number,
  most: number,
  reach: number,
  values: (string | null)[],
]

/** How many members of a change have which type. */
const SHAPES: { readonly [what: string]: readonly string[] } = {
  s: ['string'],
  t: ['string'],
  d: ['string', 'string'],
  w: ['string', 'number', 'object'],
  r: ['string', 'string', 'number', 'number', 'number', 'string'],
  c: ['string'],
  n: ['string'],
  f: ['string', 'number'],
}

/** Whether it is a list of changes. */
export function isChanges(value: unknown): value is MemoryChange[] {
  return isList(value) && value.every(isChange)
}

function isChange(value: unknown): value is MemoryChange {
  if (!isList(value) || typeof value[0] !== 'string' || !Object.hasOwn(SHAPES, value[0])) return false
  const [what, ...rest] = value
  const shape = SHAPES[String(what)] ?? []
  if (rest.length !== shape.length || !shape.every((type, at) => typeof rest[at] === type)) return false
  return what !== 'w' || isCounted(rest[2])
}

function isCounted(value: unknown): value is CountedState {
  if (!isList(value) || value.length !== 6 || typeof value[1] !== 'string') return false
  const [time, , times, most, reach, values] = value
  if (![time, times, most, reach].every(isTime) || !isList(values)) return false
  return values.every(each => each === null || typeof each === 'string')
}
