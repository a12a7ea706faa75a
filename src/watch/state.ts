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
    (value['doubts'] === undefined || isPairs(value['doubts'], isText)) &&
    isPairs(value['groups'], isWindow) &&
    isPairs(value['risks'], isRisk) &&
    isPairs(value['fired'], isTime)
  )
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
