import { checkEventExpression, EventFlaw, type EventValue, eventValue } from '../model/expression/event.ts'
import { explained, type Part } from '../model/expression/explanation.ts'
import type { Json } from '../model/json.ts'
import { readInput } from '../model/playbook/inputs.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Signal } from '../model/signal.ts'
import { signalPathReader } from '../model/signal-path.ts'
import type { Trigger } from '../model/watch.ts'
import type { Baseline } from '../watch/index.ts'
import type { ExplainedTrigger } from './explanation.ts'

/**
 * Tests each trigger of a playbook on one event, as a watch does: `when`, the rules that a temporal trigger waits for, the
 * members that it groups by or counts, what was learned, and the inputs that it fills.
 *
 * @param baseline what was learned; first-seen is left to words if nothing was
 */
export function explainedTriggers(
  playbook: Playbook,
  event: Signal,
  baseline: Baseline | undefined,
): ExplainedTrigger[] {
  const { name, triggers = [] } = playbook
  const value = eventValue(event)
  const matching = new Map<string, ExplainedTrigger>()
  const isTemporal = ({ correlate }: Trigger) => correlate?.type === 'temporal'
  for (const trigger of [...triggers.filter(each => !isTemporal(each)), ...triggers.filter(isTemporal)]) {
    const conditions = [
      ...explained(trigger.when, value),
      ...rulesPart(trigger, matching),
      ...countedParts(trigger, event),
      ...learnedPart(trigger, event, baseline),
      ...inputParts(trigger, value, playbook),
    ]
    matching.set(trigger.name, {
      playbook: name,
      trigger: trigger.name,
      matches: conditions.every(({ holds }) => holds),
      conditions,
      needs: needsOf(trigger, baseline),
      inputs: inputsOf(trigger, value),
    })
  }
  return triggers.flatMap(trigger => matching.get(trigger.name) ?? [])
}

/** An event counts for a temporal trigger if it is enough for one of those that it waits for. */
function rulesPart({ correlate }: Trigger, matching: ReadonlyMap<string, ExplainedTrigger>): Part[] {
  if (correlate?.type !== 'temporal') return []
  const { rules = [] } = correlate
  const holds = rules.some(rule => matching.get(rule)?.matches === true)
  return [{ text: `it matches one of the triggers ${rules.join(', ')}`, holds, saw: {} }]
}

/** An event without what it is grouped by, or what is counted, is not counted. */
function countedParts({ correlate }: Trigger, event: Signal): Part[] {
  if (correlate === undefined) return []
  const { groupBy, condition, type } = correlate
  const counted = type === 'value_count' && condition.field !== undefined ? [condition.field] : []
  return [...groupBy, ...counted]
    .filter(path => signalPathReader(path)(event) === undefined)
    .map(path => ({
      text: `the event has ${path}, by which it is counted`,
      holds: false,
      saw: { [`event.${path}`]: null },
    }))
}

function learnedPart({ firstSeen }: Trigger, event: Signal, baseline: Baseline | undefined): Part[] {
  if (firstSeen === undefined || baseline === undefined) return []
  const holds = baseline.firstSeen(event, firstSeen) !== undefined
  return [
    {
      text: `the first time with this ${firstSeen.join(' or ')}, of an identity that was seen before`,
      holds,
      saw: {},
    },
  ]
}

/** Inputs that the event cannot fill, or fills with what the playbook does not take: nothing fires then. */
function inputParts({ inputs }: Trigger, event: EventValue, playbook: Playbook): Part[] {
  return Object.entries(inputs).flatMap(([name, source]): Part[] => {
    const spec = playbook.inputs[name]
    if (spec === undefined) return []
    const value = checkEventExpression(source, 'input').expression?.value(event)
    const wrong = (flaw: string): Part[] => [
      { text: `input ${name}: ${source}`, holds: false, flaw, saw: {} },
    ]
    if (value instanceof EventFlaw) return wrong(value.message)
    if (value === undefined) return spec.required ? wrong('the event has nothing for it') : []
    const read = readInput(spec, spec.type === 'list' && !Array.isArray(value) ? [value] : value)
    return 'flaw' in read ? wrong(`it ${read.flaw}`) : []
  })
}

function needsOf({ correlate, firstSeen, risk }: Trigger, baseline: Baseline | undefined): string[] {
  const needs: string[] = []
  if (firstSeen !== undefined && baseline === undefined) {
    needs.push(
      `the first time with this ${firstSeen.join(' or ')} (nothing is learned yet in this state folder)`,
    )
  }
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
