import type { Signal } from '../model/signal.ts'
import type { Compiled } from './compiled.ts'
import { bounded } from './truncate.ts'

/** Whether different values are counted, or events. */
export function isDistinct({ trigger }: Compiled): boolean {
  return trigger.correlate !== undefined && trigger.correlate.type !== 'event_count'
}

/** Returns the item that is put into the window: the event; the value; or the rules that the event was enough for. */
export function countedOf(
  { trigger, field, playbook }: Compiled,
  { signal, hits }: { signal: Signal; hits: ReadonlySet<string> },
): (string | undefined)[] {
  const { type, rules = [] } = trigger.correlate ?? {}
  if (type === 'temporal') return rules.filter(rule => hits.has(`${playbook.name}/${rule}`))
  if (type === 'event_count') return [undefined]
  const value = field?.(signal)
  return value === undefined ? [] : [bounded(value)]
}

/** Events without one of the values have nothing in common with the others. */
export function groupKey({ groupBy }: Compiled, signal: Signal): string | undefined {
  const values: string[] = []
  for (const [, read] of groupBy) {
    const value = read(signal)
    if (value === undefined) return undefined
    values.push(value)
  }
  return bounded(JSON.stringify(values))
}

/** Why it was enough, for people. */
export function correlationWords(
  { type, condition }: NonNullable<Compiled['trigger']['correlate']>,
  count: number,
): string {
  if (type === 'event_count') return `${count} events, at least ${condition.gte}`
  if (type === 'temporal') return `${condition.gte} rules by ${count} events`
  return `${condition.gte} different values of ${condition.field ?? 'a field'} in ${count} events`
}
