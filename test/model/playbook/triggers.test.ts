import { describe, expect, test } from 'vitest'
import { checkPlaybook, parsePlaybook } from '../../../src/model/playbook/parse.ts'
import { catalog, minimal } from './catalog.ts'

const problems = (source: string) => checkPlaybook(source, 'p.yaml', catalog).problems
const first = (source: string) => {
  const [problem] = problems(source)
  return problem && `${problem.line}:${problem.column} ${problem.path} | ${problem.message}`
}

const GIVES = 'inputs: { role: event.identity.name }'
/** The minimal playbook has ten lines; the trigger begins on the eleventh. */
const watched = (...lines: string[]) =>
  `${minimal}triggers:\n  - name: one\n${[GIVES, ...lines].map(line => `    ${line}\n`).join('')}`
const WHEN = 'when: event.outcome == "denied"'

describe('a trigger', () => {
  test('says everything it can say', () => {
    const source = watched(
      'when: event.cloud == "aws" && inCidr(event.sourceIp, "203.0.113.0/24")',
      'correlate: { type: value_count, group-by: [identity.id], timespan: 10m, condition: { gte: 5, field: details.eventName } }',
      'first-seen: [network, country]',
      'risk: { points: 10, threshold: 50, half-life: 1h }',
      'mode: act',
      'cooldown: 2h',
    )
    expect(parsePlaybook(source, 'p.yaml', catalog).triggers).toEqual([
      {
        name: 'one',
        when: 'event.cloud == "aws" && inCidr(event.sourceIp, "203.0.113.0/24")',
        correlate: {
          type: 'value_count',
          groupBy: ['identity.id'],
          timespan: 600,
          condition: { gte: 5, field: 'details.eventName' },
        },
        firstSeen: ['network', 'country'],
        risk: { points: 10, threshold: 50, halfLife: 3_600 },
        inputs: { role: 'event.identity.name' },
        mode: 'act',
        cooldown: 7_200,
      },
    ])
  })

  test('proposes, and rests for an hour, unless it says otherwise', () => {
    const [trigger] = parsePlaybook(watched(WHEN), 'p.yaml', catalog).triggers ?? []
    expect(trigger).toMatchObject({ mode: 'propose', cooldown: 3_600 })
    expect(trigger).not.toHaveProperty('correlate')
    expect(parsePlaybook(minimal, 'p.yaml', catalog)).not.toHaveProperty('triggers')
  })

  test('a temporal one waits for all of its rules', () => {
    const source = `${minimal}triggers:
  - { name: a, when: event.action == "x" }
  - { name: b, when: event.action == "y" }
  - name: both
    ${GIVES}
    correlate: { type: temporal, group-by: [identity.id], timespan: 1h, rules: [a, b] }
`
    expect(problems(source)).toEqual([])
    expect(parsePlaybook(source, 'p.yaml', catalog).triggers?.[2]).toMatchObject({
      when: 'true',
      correlate: { rules: ['a', 'b'], condition: { gte: 2 } },
    })
  })
})

const CORRELATE =
  'correlate: { type: event_count, group-by: [identity.id], timespan: 10m, condition: { gte: 3 } }'

describe('a problem of a trigger', () => {
  test.each<[string, string, string | RegExp]>([
    ['no condition', watched(), "12:5 triggers.0 | 'when' is missing"],
    [
      'a member that events do not have',
      watched('when: event.naem == "x"'),
      /^14:17 triggers.0.when \| events have no 'naem'/,
    ],
    [
      'a member of the identity',
      watched('when: has(event.identity.nam)'),
      /^14:30 .*events have no 'identity.nam'/,
    ],
    ['not a bool', watched('when: event.action'), /has to be true or false, but is string/],
    ['a window', watched('when: inWindow(event.time, "Mon-Fry 8-9", "UTC")'), /is not a window/],
    ['a zone', watched('when: inWindow(event.time, "Mon-Fri 08:00-18:00", "Mars/Phobos")'), /Mars/],
    ['a network', watched('when: inCidr(event.sourceIp, "203.0.113.0/33")'), /is not a network/],
    ['a pattern', watched('when: event.action.matches("(?=x)")'), /not an RE2 pattern/],
    [
      'a pattern that is not written out',
      watched('when: event.action.matches(event.resource)'),
      /written out as text/,
    ],
    [
      'a path',
      watched(WHEN, CORRELATE.replace('identity.id', 'identity.ids')),
      /^15:\d+ triggers.0.correlate.group-by.0 \| events have no 'identity.ids' \(did you mean 'identity.id'\?\)/,
    ],
    ['a type', watched(WHEN, CORRELATE.replace('event_count', 'count')), /^15:\d+ triggers.0.correlate.type/],
    ['a timespan', watched(WHEN, CORRELATE.replace('10m', '10x')), /has to be a duration/],
    ['too long a timespan', watched(WHEN, CORRELATE.replace('10m', '8d')), /has to be at most 7d/],
    ['a count of none', watched(WHEN, CORRELATE.replace('gte: 3', 'gte: 0')), /gte.*>=1/],
    [
      'a field of event_count',
      watched(WHEN, CORRELATE.replace('gte: 3', 'gte: 3, field: action')),
      /only value_count has a 'field'/,
    ],
    [
      'value_count without a field',
      watched(WHEN, CORRELATE.replace('event_count', 'value_count')),
      /which is missing/,
    ],
    [
      'temporal without rules',
      watched(CORRELATE.replace('event_count', 'temporal')),
      /temporal needs 'rules'/,
    ],
    [
      'a rule that is not there',
      watched('correlate: { type: temporal, group-by: [identity.id], timespan: 1h, rules: [two] }'),
      /no other trigger is called 'two'/,
    ],
    [
      'an input that is not there',
      watched(WHEN).replace('{ role:', '{ rolle: event.action, role:'),
      /^13:15 triggers.0.inputs.rolle \| no input is called 'rolle'/,
    ],
    [
      'an input that is a map',
      watched(WHEN).replace('event.identity.name', 'event.identity'),
      /has to be text, a number or a list of them/,
    ],
    [
      'an input that nothing gives',
      `${minimal}triggers: [{ name: one, when: "true" }]\n`,
      /the playbook needs a value for 'role'/,
    ],
    ['an unknown key', watched(WHEN, 'cool-down: 1h'), /there is no 'cool-down' here/],
    ['a mode', watched(WHEN, 'mode: kill'), /propose, act|propose.*act/],
    [
      'two of a name',
      watched(WHEN).replace(
        'triggers:\n',
        'triggers:\n  - { name: one, when: "true", inputs: { role: event.action } }\n',
      ),
      /two triggers are called 'one'/,
    ],
    [
      'tests without triggers',
      `${minimal}tests: [{ name: a, event: { a: 1 }, fires: true }]\n`,
      /there are no triggers/,
    ],
    [
      'a test without an event',
      `${watched(WHEN)}tests: [{ name: a, fires: true }]\n`,
      /needs one of 'event' and 'events'/,
    ],
    [
      'a test of another trigger',
      `${watched(WHEN)}tests: [{ name: a, event: x.json, fires: true, trigger: two }]\n`,
      /no trigger is called 'two'/,
    ],
    [
      'a test with another input',
      `${watched(WHEN)}tests: [{ name: a, event: x.json, fires: true, inputs: { x: y } }]\n`,
      /no input is called 'x'/,
    ],
  ])('%s', (_, source, expected) => {
    const told = first(source)
    if (typeof expected === 'string') expect(told).toBe(expected)
    else expect(told).toMatch(expected)
  })
})
