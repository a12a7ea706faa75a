import { checkEventExpression, type EventExpression } from '../model/expression/event.ts'
import { caret } from '../model/expression/guards.ts'
import { Fault } from '../model/fault.ts'
import { digest } from '../model/json.ts'
import { ruleNames } from '../model/playbook/triggers.ts'
import type { Signal } from '../model/signal.ts'
import { signalPathReader } from '../model/signal-path.ts'
import type { Trigger } from '../model/watch.ts'
import type { WatchedPlaybook } from './verdict.ts'

/** A trigger, ready to be asked. */
export interface Compiled {
  playbook: WatchedPlaybook
  trigger: Trigger
  /** `playbook/trigger` */
  key: string
  /** Of what it says. */
  digest: string
  when: EventExpression
  inputs: readonly (readonly [name: string, value: EventExpression])[]
  /** The value that the events of a group share. */
  groupBy: readonly (readonly [path: string, read: (signal: Signal) => string | undefined])[]
  /** The value that is counted, if not events. */
  field: ((signal: Signal) => string | undefined) | undefined
  /** It starts nothing by itself: a temporal trigger waits for it. */
  isRule: boolean
}

/** Those that others wait for come first. Throws a Fault `invalid-playbook` when one does not compile. */
export function compiledTriggers(playbooks: readonly WatchedPlaybook[]): Compiled[] {
  const names = playbooks.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Fault('invalid-playbook', `two playbooks are called '${twice}'`)
  const all = playbooks.flatMap(playbook => {
    const { triggers = [] } = playbook
    const rules = ruleNames(triggers)
    return triggers.map(trigger => compiledTrigger(playbook, trigger, rules.has(trigger.name)))
  })
  const isTemporal = ({ trigger }: Compiled) => trigger.correlate?.type === 'temporal'
  return [...all.filter(each => !isTemporal(each)), ...all.filter(isTemporal)]
}

function compiledTrigger(playbook: WatchedPlaybook, trigger: Trigger, isRule: boolean): Compiled {
  const { correlate } = trigger
  const where = `${playbook.name}, trigger ${trigger.name}`
  const field = correlate?.condition.field
  return {
    playbook,
    trigger,
    key: `${playbook.name}/${trigger.name}`,
    digest: digest(trigger),
    when: compiled(trigger.when, 'bool', where),
    inputs: Object.entries(trigger.inputs).map(([name, source]) => [
      name,
      compiled(source, 'input', `${where}, input ${name}`),
    ]),
    groupBy: (correlate?.groupBy ?? []).map(path => [path, signalPathReader(path)]),
    field: field === undefined ? undefined : signalPathReader(field),
    isRule,
  }
}

function compiled(source: string, yields: 'bool' | 'input', where: string): EventExpression {
  const { expression, flaws } = checkEventExpression(source, yields)
  if (expression !== undefined) return expression
  const { message = 'not an expression', start = 0 } = flaws[0] ?? {}
  throw new Fault('invalid-playbook', `${message}\n${caret(source, start)}`, { where })
}

/** Members of an event that any of the expressions looks at; undefined when one looks at the event as a whole. */
export function membersOf(triggers: readonly Compiled[]): ReadonlySet<string> | undefined {
  const members = new Set<string>()
  for (const { when, inputs } of triggers) {
    for (const expression of [when, ...inputs.map(([, value]) => value)]) {
      if (expression.members === undefined) return undefined
      for (const member of expression.members) members.add(member)
    }
  }
  return members
}
