import { stringify } from 'yaml'
import type { Json } from '../json.ts'
import type { Signal } from '../signal.ts'
import type { Starter } from './starter.ts'

/** The schema for editors stands beside the playbook: it is found on every machine that has the playbook's folder. */
export const SCHEMA_FILE = 'playbook.schema.json'

/** The parts of a new playbook. */
export interface NewPlaybook {
  /** In kebab case. */
  name: string
  starter: Starter
  /** Verbs in place of the starter's. */
  interrupt?: readonly string[]
  mode?: 'propose' | 'act'
  /** The record that its trigger fires on: the event in it, the value that it fills the input with, and how the test names it. */
  example: { event: Signal; value: Json; record: Json }
}

/** Returns a new playbook's YAML text with a trigger and a test, ready to be edited; it is valid as it is. */
export function newPlaybook({ name, starter, example, ...given }: NewPlaybook): string {
  const { kind, cloud, input, pattern, description, scope, protect, value } = starter
  const { interrupt = starter.interrupt, mode = 'propose' } = given
  const title = name.replaceAll('-', ' ')
  return `# yaml-language-server: $schema=./${SCHEMA_FILE}
version: 1
name: ${name}
title: ${JSON.stringify(title.charAt(0).toUpperCase() + title.slice(1))}
description: >-
  When to run this, which identities it stops, and what goes on working.
status: experimental               # stable | test | experimental | deprecated
severity: high                     # low | medium | high | critical
references:
  owasp-nhi: ["NHI2:2025"]
  nist-csf: [RS.MI-01]
inputs:
  ${input}:
    type: string
    pattern: '${pattern}'
    description: ${description}
scope:
  ${cloud}: ${flow(scope)}
protect:                           # identities for which one of these is true are never touched
  - ${protect}
limit: { identities: 1, share: 1 }   # a plan that stops more is refused
ttl: 4h                            # until review is due; nothing is restored by itself
steps:
  - name: the ${kind}
    select: identity.kind == ${JSON.stringify(kind)} && identity.name == inputs.${input}
    interrupt: [${interrupt.join(', ')}]
triggers:
  - name: ${name}
    # Make it narrower: a value of event.details, a time (inWindow), a network (inCidr), a count (correlate), a first time
    # (first-seen). \`interdict playbook explain RECORD\` prints every value that an event has.
    when: >-
      ${conditionsOf(example.event).join(' &&\n      ')}
    inputs: { ${input}: ${value} }
    mode: ${mode}                  # propose: write a plan for a person; act: contain at once
tests:
  - name: the record that it was written for
    event:${recordText(example.record)}
    fires: true
    inputs: { ${input}: ${flow(example.value)} }
  # Add a record that is usual, and must start nothing:
  # - { name: a usual day, event: records/usual.json, fires: false }
`
}

/** Conditions that the event meets and few others do. */
function conditionsOf({ format, action, outcome, identity }: Signal): string[] {
  return [
    `event.format == ${JSON.stringify(format)} && event.action == ${JSON.stringify(action)}`,
    `event.outcome == ${JSON.stringify(outcome)}`,
    ...(identity.kind === undefined ? [] : [`event.identity.kind == ${JSON.stringify(identity.kind)}`]),
  ]
}

function flow(value: Json): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim()
}

/** The name of a file, or the record in place. */
function recordText(record: Json): string {
  if (typeof record === 'string') return ` ${JSON.stringify(record)}`
  const lines = stringify(record, { lineWidth: 0 }).trimEnd().split('\n')
  return `\n${lines.map(line => `      ${line}`).join('\n')}`
}
