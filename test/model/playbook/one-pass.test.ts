import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { readDocument } from '../../../src/model/document/read-document.ts'
import type { Path } from '../../../src/model/document/yaml.ts'
import type { Json } from '../../../src/model/json.ts'
import { checkPlaybook } from '../../../src/model/playbook/parse.ts'
import { playbookSchema } from '../../../src/model/playbook/schema.ts'
import { catalogOf, providersOf } from '../../../src/toolkit/clouds.ts'
import { someOf } from '../../setup/whole.ts'

const catalog = catalogOf(await providersOf())
const check = (source: string) => checkPlaybook(source, 'p.yaml', catalog).problems
const said = (source: string) =>
  check(source).map(({ line, path, message }) => `${line} ${path} | ${message.split('\n')[0]}`)

const broken = `version: 1
name: broken
title: Errors of the structure and of the meaning together
severity: hihg
inputs:
  key: { type: strin, description: id of the key }
  user: { type: string, description: name of the user }
scope: { aws: { accounts: [self] } }
protect: ['identity.tag.exists(k, k == "break-glass")']
ttl: 4
steps:
  - name: the key
    select: identity.kind == "access-key" && identity.name == inputs.key
    interrupt: [disabel]
  - name: its user
    select: identity.kind == "user" && identity.nam == inputs.user
    interrupt: [quarantine]
    affter: keep-off
triggers:
  - name: refused
    when: event.outcom == "denied"
    cooldown: soon
    inputs: { key: event.identity.credential, usr: event.identity.name }
tests:
  - { name: fires, event: records/a.json, fires: yes, trigger: refusd }
drill: { inputs: { key: AKIAIOSFODNN7EXAMPLE, user: 1 } }
`

test('errors of the structure and of the expressions are reported in one pass', () => {
  expect(said(broken)).toEqual([
    "4 severity | 'severity' has to be 'low', 'medium', 'high', 'critical'",
    "6 inputs.key.type | 'type' has to be 'string', 'int', 'bool', 'list'",
    "9 protect.0 | identities have no 'tag'",
    "10 ttl | 'ttl' has to be text, but is number",
    "14 steps.0.interrupt.0 | no verb and no interruption is called 'disabel'",
    "16 steps.1.select | identities have no 'nam'",
    "18 steps.1.affter | there is no 'affter' here",
    "20 triggers.0 | the playbook needs a value for 'user': say where in the event it is",
    "21 triggers.0.when | events have no 'outcom'",
    "22 triggers.0.cooldown | 'cooldown' has to be a duration such as 30s, 10m or 1h",
    "23 triggers.0.inputs.usr | no input is called 'usr'",
    "25 tests.0.fires | 'fires' has to be true or false, but is text",
    "25 tests.0.trigger | no trigger is called 'refusd'",
    "26 drill | 'thief' is missing",
    "26 drill.inputs.user | 'user' has to be text (put it in quotes)",
  ])
})

describe('a part with an error', () => {
  const one = (from: string, to: string) =>
    said(readFileSync('playbooks/leaked-access-key.yaml', 'utf8').replace(from, to))

  test.each([
    ['ttl: 4h', 'ttl: soon', "'ttl' has to be a duration such as 30m, 4h or 7d"],
    ['ttl: 4h', 'ttl: 400d', "'ttl' has to be between 1m and 90d"],
    ['name: refused-again-and-again', 'name: Refused Again', "'name' has to be lower-case words"],
    ['timespan: 10m', 'timespan: 8d', "'timespan' has to be at most 7d"],
    ['- name: from-a-new-country', '- nam: from-a-new-country', "'name' is missing"],
  ])('%s, as %s, is reported once, without its consequences', (from, to, message) => {
    const problems = one(from, to).filter(each => !each.includes("there is no '"))
    expect(problems).toEqual([expect.stringContaining(message)])
  })
})

type Members = { [name: string]: Json }

/** Every path in plain data, parents first. */
function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Object.entries(value).flatMap(([key, member]) =>
    pathsOf(member, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return path.length === 0 ? inside : [path, ...inside]
}

/** A copy in which the value at a path is another one, or missing. */
function changed(data: Json, [part, ...below]: Path, to: Json | undefined): Json {
  if (part === undefined) return to ?? null
  const copy = Array.isArray(data) ? [...data] : { ...(data as Members) }
  const members = copy as Members
  if (below.length > 0 || to !== undefined) members[part] = changed(members[part] ?? null, below, to)
  else if (Array.isArray(copy)) copy.splice(Number(part), 1)
  else delete members[part]
  return copy
}

test.each(['leaked-access-key', 'third-party-stop', 'workload-secrets-access'])(
  'one error in the structure of %s is reported once, and nothing else is',
  name => {
    const data = parse(readFileSync(`playbooks/${name}.yaml`, 'utf8')) as Json
    const cases = pathsOf(data).flatMap(path => [12.5, [], {}, undefined].map(to => ({ path, to })))
    let misshapen = 0
    const further: { [change: string]: string[] } = {}
    for (const { path, to } of someOf(cases, 11)) {
      const source = stringify(changed(data, path, to))
      const { report, value } = readDocument(source, 'p.yaml', { noun: 'a playbook', schema: playbookSchema })
      if (value !== undefined) continue
      misshapen += 1
      const own = new Set(report.problems().map(problem => JSON.stringify(problem)))
      const others = check(source).filter(problem => !own.has(JSON.stringify(problem)))
      if (others.length > 0)
        further[`${path.join('.')} as ${JSON.stringify(to)}`] = others.map(
          each => `${each.path}: ${each.message}`,
        )
    }
    expect(further).toEqual({})
    expect(misshapen).toBeGreaterThan(8)
  },
)
