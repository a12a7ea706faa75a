import { EventFlaw, type EventValue } from '../model/expression/event.ts'
import type { Firing } from '../model/firing.ts'
import { digest, type Json } from '../model/json.ts'
import { readInput } from '../model/playbook/inputs.ts'
import type { Signal } from '../model/signal.ts'
import { identityKey } from './baseline.ts'
import type { Compiled } from './compiled.ts'

/** Returns the value that the events share: the group's value, or the identity. */
export function groupOf({ groupBy }: Compiled, signal: Signal): Firing['group'] {
  if (groupBy.length === 0) return { identity: identityKey(signal) }
  return Object.fromEntries(groupBy.map(([path, read]) => [path, read(signal) ?? '']))
}

/** The playbook's inputs out of the signal, checked as if a person had given them; or why they cannot be had. */
export function inputsOf(
  { inputs, playbook }: Compiled,
  value: EventValue,
): { inputs: { [name: string]: Json } } | { flaw: string } {
  const read: [string, Json][] = []
  for (const [name, expression] of inputs) {
    const spec = playbook.inputs[name]
    if (spec === undefined) return { flaw: `the playbook has no input '${name}'` }
    const given = expression.value(value)
    if (given instanceof EventFlaw) return { flaw: `input '${name}': ${given.message}` }
    if (given === undefined) {
      if (spec.required) return { flaw: `the event has nothing for the input '${name}'` }
      continue
    }
    // Text is not taken apart at commas: a name may hold one, and the author of the name would choose who is stopped.
    const checked = readInput(spec, spec.type === 'list' && !Array.isArray(given) ? [given] : given)
    if ('flaw' in checked) return { flaw: `input '${name}' ${checked.flaw}` }
    read.push([name, checked.value])
  }
  return { inputs: Object.fromEntries(read) }
}

export function firingOf(
  { playbook, trigger }: Compiled,
  signal: Signal,
  of: Pick<Firing, 'group' | 'events' | 'count' | 'why' | 'inputs'> & {
    time: number
    doubt?: string | undefined
  },
): Firing {
  const { group, events, count, why, inputs, time, doubt } = of
  const [first = signal.id] = events
  return {
    id: digest([playbook.name, trigger.name, group, first]),
    playbook: playbook.name,
    trigger: trigger.name,
    mode: trigger.mode ?? 'propose',
    group,
    events,
    count,
    time: new Date(time).toISOString(),
    why,
    inputs,
    cloud: signal.cloud,
    ...(signal.account === undefined ? {} : { account: signal.account }),
    identity: signal.identity,
    ...(signal.recordedIn === undefined ? {} : { recordedIn: signal.recordedIn }),
    ...(doubt === undefined ? {} : { doubt }),
  }
}
