import { readFile, stat } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { checkEventExpression, EventFlaw, type EventValue, eventValue } from '../model/expression/event.ts'
import { explained } from '../model/expression/explanation.ts'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Trigger } from '../model/signal.ts'
import { signalsOf } from '../signals/index.ts'
import { type ExplainedTrigger, type Explanation, explanationText } from '../ui/explanation.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { readPlaybook, shippedNames } from './playbooks.ts'
import { exitWith, print } from './terminal.ts'
import { type Reading, readingOf } from './watch-judge.ts'

const MOST_BYTES = 1024 * 1024
const MOST_EVENTS = 100

export interface ExplainRequest extends Reading {
  /** A file with a record in the cloud's own format; `-` for standard input. */
  record: string
  /** Files, or names of shipped playbooks; all shipped ones with triggers when empty. */
  playbooks: readonly string[]
  json: boolean
}

/** Prints the events in a record, and which condition of each trigger they do not meet. Exit 4 when it holds no event. */
export async function explainRecord(request: ExplainRequest): Promise<void> {
  const options = await readingOf(request)
  const record = await recordText(request.record)
  const catalog = catalogOf(await providersOf())
  const names = request.playbooks.length > 0 ? request.playbooks : await shippedNames()
  const playbooks: Playbook[] = []
  for (const name of names) playbooks.push(await readPlaybook(name, catalog))
  const { signals, poison } = await signalsOf(record, options)
  const explanation: Explanation = {
    events: signals.slice(0, MOST_EVENTS).map(event => {
      const value = eventValue(event)
      return { event, triggers: playbooks.flatMap(playbook => triggersOf(playbook, value)) }
    }),
    ...(poison === undefined ? {} : { setAside: poison.reason }),
  }
  await print(
    request.json ? jsonText(explanation) : explanationText(explanation, await pageOf(process.stdout)),
  )
  if (signals.length === 0) exitWith('incomplete')
}

function triggersOf({ name, triggers = [] }: Playbook, event: EventValue): ExplainedTrigger[] {
  return triggers.map(trigger => {
    const conditions = explained(trigger.when, event)
    return {
      playbook: name,
      trigger: trigger.name,
      matches: conditions.every(({ holds }) => holds),
      conditions,
      needs: needsOf(trigger),
      inputs: inputsOf(trigger, event),
    }
  })
}

function needsOf({ correlate, firstSeen, risk }: Trigger): string[] {
  const needs: string[] = []
  if (firstSeen !== undefined)
    needs.push(`the first time with this ${firstSeen.join(' or ')} (a watch that has learned)`)
  if (correlate !== undefined) {
    const { type, condition, timespan, groupBy, rules } = correlate
    const what =
      type === 'event_count'
        ? `${condition.gte} such events`
        : type === 'value_count'
          ? `${condition.gte} different values of ${condition.field ?? ''}`
          : `matches of ${condition.gte} of the triggers ${rules?.join(', ') ?? ''}`
    needs.push(`${what} in ${timespan} s with the same ${groupBy.join(', ')}`)
  }
  if (risk !== undefined) needs.push(`${risk.threshold} points; each event counts ${risk.points}`)
  return needs
}

function inputsOf({ inputs }: Trigger, event: EventValue): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, source]): [string, Json] => {
      const value = checkEventExpression(source, 'input').expression?.value(event)
      return [name, value === undefined || value instanceof EventFlaw ? null : value]
    }),
  )
}

async function recordText(given: string): Promise<string> {
  if (given === '-') return bounded(await textOf(process.stdin))
  try {
    const found = await stat(given)
    if (!found.isFile()) throw new Fault('usage', `${JSON.stringify(given)} is not a file`)
    if (found.size > MOST_BYTES) throw tooLarge(given)
    return await readFile(given, 'utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new Fault('usage', `cannot read ${JSON.stringify(given)}: ${code}`, {
      next: 'give a file that holds a record, or - for standard input',
    })
  }
}

function bounded(record: string): string {
  if (record.length > MOST_BYTES) throw tooLarge('-')
  return record
}

function tooLarge(name: string): Fault {
  return new Fault('usage', `${JSON.stringify(name)} is larger than 1 MiB`, {
    next: 'give one record of it, or a few',
  })
}
