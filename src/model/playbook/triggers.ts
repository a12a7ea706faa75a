import { nearest } from '../document/problems.ts'
import type { Path } from '../document/yaml.ts'
import { parseDuration } from '../duration.ts'
import { checkEventExpression } from '../expression/event.ts'
import { caret } from '../expression/guards.ts'
import type { Json } from '../json.ts'
import { signalPathFlaw } from '../signal-path.ts'
import type { Correlation, Trigger } from '../watch.ts'
import type { InputSpec, PlaybookTest } from './playbook.ts'
import type { TestFile, TriggerFile } from './trigger-schema.ts'

interface Flaw {
  message: string
  suggestion?: string
}

/** Takes a problem with the place that it is at: a value, a key, or a character of a text. */
export type Complain = (
  severity: 'error' | 'warning',
  path: Path,
  flaw: Flaw,
  at?: 'key' | 'value' | number,
) => void

type Inputs = { readonly [name: string]: InputSpec }

/** The triggers of a playbook; what is wrong with them is complained about. */
export function checkTriggers(files: readonly TriggerFile[], inputs: Inputs, complain: Complain): Trigger[] {
  const names = files.map(({ name }) => name)
  for (const [index, file] of files.entries()) {
    const path = ['triggers', index]
    if (names.indexOf(file.name) !== index) {
      complain('error', [...path, 'name'], { message: `two triggers are called '${file.name}'` })
    }
    checkWhen(file, path, complain)
    if (file.correlate !== undefined) checkCorrelation(file, path, files, complain)
    checkInputs(file, path, inputs, complain)
  }
  return files.map(triggerOf)
}

function checkWhen({ when, correlate }: TriggerFile, path: Path, complain: Complain): void {
  if (when !== undefined) checkCel(when, 'bool', [...path, 'when'], complain)
  else if (correlate?.type !== 'temporal') complain('error', path, { message: "'when' is missing" })
}

function checkCel(source: string, yields: 'bool' | 'input', path: Path, complain: Complain): void {
  for (const { start, message, suggestion } of checkEventExpression(source, yields).flaws) {
    const flaw = {
      message: `${message}\n${caret(source, start)}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    }
    complain('error', path, flaw, start)
  }
}

function checkCorrelation(
  { name, correlate }: TriggerFile,
  path: Path,
  files: readonly TriggerFile[],
  complain: Complain,
): void {
  if (correlate === undefined) return
  const inside = [...path, 'correlate']
  for (const [index, each] of correlate['group-by'].entries()) {
    const message = signalPathFlaw(each)
    if (message !== undefined) complain('error', [...inside, 'group-by', index], { message })
  }
  const { condition, rules, type } = correlate
  const field = condition?.field
  if (type === 'value_count' && field === undefined) {
    const flaw = { message: "value_count counts the values of 'condition.field', which is missing" }
    complain('error', inside, flaw)
  }
  if (field !== undefined) {
    const message = type === 'value_count' ? signalPathFlaw(field) : `only value_count has a 'field'`
    if (message !== undefined) complain('error', [...inside, 'condition', 'field'], { message })
  }
  if (type !== 'temporal' && condition === undefined) {
    complain('error', inside, { message: "'condition' is missing" })
  }
  checkRules(name, type, rules, condition?.gte, [...inside, 'rules'], files, complain)
}

function checkRules(
  own: string,
  type: Correlation['type'],
  rules: readonly string[] | undefined,
  gte: number | undefined,
  path: Path,
  files: readonly TriggerFile[],
  complain: Complain,
): void {
  if (type !== 'temporal') {
    if (rules !== undefined) complain('error', path, { message: "only temporal has 'rules'" }, 'key')
    return
  }
  if (rules === undefined) {
    complain('error', path.slice(0, -1), {
      message: "temporal needs 'rules': the triggers that have to match",
    })
    return
  }
  if (gte !== undefined && gte > new Set(rules).size) {
    complain('error', path, { message: `there are fewer rules than ${gte}, so that it never fires` })
  }
  for (const [index, rule] of rules.entries()) {
    const found = files.find(({ name }) => name === rule)
    const others = files.map(({ name }) => name).filter(name => name !== own)
    if (found === undefined || rule === own) {
      const near = nearest(rule, others)
      const suggestion = near === undefined ? `others are ${others.join(', ')}` : `did you mean '${near}'?`
      complain('error', [...path, index], { message: `no other trigger is called '${rule}'`, suggestion })
    } else if (found.correlate?.type === 'temporal') {
      complain('error', [...path, index], { message: `'${rule}' is temporal itself` })
    }
  }
}

function checkInputs({ inputs: given }: TriggerFile, path: Path, inputs: Inputs, complain: Complain): void {
  for (const [name, source] of Object.entries(given)) {
    const inside = [...path, 'inputs', name]
    if (Object.hasOwn(inputs, name)) checkCel(source, 'input', inside, complain)
    else {
      const near = nearest(name, Object.keys(inputs))
      const flaw = { message: `no input is called '${name}'` }
      complain(
        'error',
        inside,
        { ...flaw, ...(near ? { suggestion: `did you mean '${near}'?` } : {}) },
        'key',
      )
    }
  }
}

/** A trigger that starts the playbook has to give what the playbook asks for; a rule of another starts nothing. */
export function checkCovered(triggers: readonly Trigger[], inputs: Inputs, complain: Complain): void {
  const rules = ruleNames(triggers)
  for (const [index, { name, inputs: given }] of triggers.entries()) {
    if (rules.has(name)) continue
    for (const [input, spec] of Object.entries(inputs)) {
      if (!spec.required || 'default' in spec || Object.hasOwn(given, input)) continue
      const message = `the playbook needs a value for '${input}': say where in the event it is`
      complain('error', ['triggers', index], {
        message,
        suggestion: `inputs: { ${input}: event.identity.name }`,
      })
    }
  }
}

/** Triggers that are a rule of a temporal one: they do not fire by themselves. */
export function ruleNames(triggers: readonly Trigger[]): ReadonlySet<string> {
  return new Set(triggers.flatMap(({ correlate }) => correlate?.rules ?? []))
}

function triggerOf(file: TriggerFile): Trigger {
  const { name, when = 'true', correlate, risk, inputs, mode, cooldown } = file
  const firstSeen = file['first-seen']
  return {
    name,
    when,
    ...(correlate === undefined ? {} : { correlate: correlationOf(correlate) }),
    ...(firstSeen === undefined ? {} : { firstSeen }),
    ...(risk === undefined
      ? {}
      : {
          risk: {
            points: risk.points,
            threshold: risk.threshold,
            halfLife: parseDuration(risk['half-life']) ?? 1,
          },
        }),
    inputs,
    mode,
    cooldown: parseDuration(cooldown) ?? 3_600,
  }
}

function correlationOf(file: NonNullable<TriggerFile['correlate']>): Correlation {
  const { type, timespan, condition, rules } = file
  return {
    type,
    groupBy: file['group-by'],
    timespan: parseDuration(timespan) ?? 1,
    condition: {
      gte: condition?.gte ?? new Set(rules).size,
      ...(condition?.field === undefined ? {} : { field: condition.field }),
    },
    ...(rules === undefined ? {} : { rules }),
  }
}

/** The tests of a playbook; what is wrong with them is complained about. */
export function checkTests(
  files: readonly TestFile[],
  triggers: readonly Trigger[],
  inputs: Inputs,
  complain: Complain,
): PlaybookTest[] {
  const names = triggers.map(({ name }) => name)
  for (const [index, { name, event, events, trigger, inputs: given = {} }] of files.entries()) {
    const path = ['tests', index]
    if ((event === undefined) === (events === undefined)) {
      complain('error', path, { message: `the test '${name}' needs one of 'event' and 'events'` })
    }
    if (trigger !== undefined && !names.includes(trigger)) {
      const near = nearest(trigger, names)
      const flaw = { message: `no trigger is called '${trigger}'` }
      complain('error', [...path, 'trigger'], {
        ...flaw,
        ...(near ? { suggestion: `did you mean '${near}'?` } : {}),
      })
    }
    for (const input of Object.keys(given)) {
      if (Object.hasOwn(inputs, input)) continue
      complain('error', [...path, 'inputs', input], { message: `no input is called '${input}'` }, 'key')
    }
  }
  if (files.length > 0 && triggers.length === 0) {
    complain(
      'error',
      ['tests'],
      { message: 'tests are records for triggers, and there are no triggers' },
      'key',
    )
  }
  return files.map(({ name, event, events, learned, fires, trigger, inputs: given }) => ({
    name,
    events: (events ?? [event]) as Json[],
    learned: (learned ?? []) as Json[],
    fires,
    ...(trigger === undefined ? {} : { trigger }),
    ...(given === undefined ? {} : { inputs: given }),
  }))
}
