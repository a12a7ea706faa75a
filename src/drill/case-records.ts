import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RecordReader } from '../signals/index.ts'
import { Baseline } from '../watch/index.ts'

const WEEK = 7 * 86_400_000
const TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g

/** The text of a file of records that is shipped with a playbook. */
export async function recordsOf(playbook: string, name: string): Promise<string> {
  const text = await readFile(join(dirname(playbook), 'records', name), 'utf8')
  // A document over several lines would be a record a line in a file that is followed.
  return name.endsWith('.json') ? `${JSON.stringify(JSON.parse(text))}\n` : text
}

/**
 * The same records, of now: every time in them is moved, so that the newest is `now`; by whole weeks where the weekday and
 * the hour have to stay.
 */
export function movedTo(text: string, now: number, weekly: boolean): string {
  const times = [...text.matchAll(TIME)].map(([time]) => Date.parse(time))
  const behind = now - Math.max(...times)
  const by = weekly ? Math.floor(behind / WEEK) * WEEK : behind
  return text.replaceAll(TIME, time => new Date(Date.parse(time) + by).toISOString())
}

/** The baseline of a watch that has learned from these files. */
export async function baselineOf(
  playbook: string,
  names: readonly string[],
  reader: RecordReader,
): Promise<Baseline> {
  const baseline = new Baseline()
  for (const name of names) {
    const { signals } = await reader.signalsOf(await recordsOf(playbook, name))
    for (const signal of signals) baseline.learn(signal)
  }
  return baseline
}
