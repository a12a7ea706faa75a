import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { program } from './program.ts'

const interdict = program({ COLUMNS: '80' })
afterAll(() => interdict.close())

const fixture = (name: string) => fileURLToPath(new URL(`../signals/fixtures/${name}`, import.meta.url))
copyFileSync(fixture('cloudtrail-user-denied.json'), join(interdict.folder, 'denied.json'))
copyFileSync(fixture('vendor-log.json'), join(interdict.folder, 'vendor.json'))
copyFileSync(fixture('vendor-log.yaml'), join(interdict.folder, 'vendor.yaml'))

const explain = (...more: string[]) => interdict.json('playbook', 'explain', ...more)

test('explain shows the event and the one condition that is false, with the value that is missing', async () => {
  const { exit, data } = await explain('denied.json', 'leaked-access-key')
  expect(exit).toBe(0)
  const [{ event, triggers }] = data.events
  expect(event).toMatchObject({ action: 'iam:ListUsers', outcome: 'denied' })
  const country = triggers.find(({ trigger }: { trigger: string }) => trigger === 'from-a-new-country')
  expect(country.matches).toBe(false)
  expect(country.conditions.filter(({ holds }: { holds: boolean }) => !holds)).toEqual([
    { text: 'has(event.country)', holds: false, saw: { 'event.country': null } },
  ])
  const again = triggers.find(({ trigger }: { trigger: string }) => trigger === 'refused-again-and-again')
  expect(again).toMatchObject({ matches: true, needs: [expect.stringMatching(/^\d+ such events in/)] })
})

test('explain says of a temporal trigger whether the event is enough for one that it waits for', async () => {
  const temporal = async (record: string) => {
    const { data } = await explain(record, 'leaked-access-key')
    const { triggers } = data.events[0]
    return triggers.find(({ trigger }: { trigger: string }) => trigger === 'refused-from-a-new-country')
  }
  expect(await temporal('denied.json')).toMatchObject({ matches: true })
  const record = JSON.parse(readFileSync(fixture('cloudtrail-user-denied.json'), 'utf8'))
  const { errorCode: _, errorMessage: __, ...allowed } = record
  writeFileSync(join(interdict.folder, 'allowed.json'), JSON.stringify(allowed))
  const { matches, conditions } = await temporal('allowed.json')
  expect(matches).toBe(false)
  expect(conditions.filter(({ holds }: { holds: boolean }) => !holds)).toEqual([
    {
      text: 'it matches one of the triggers refused-again-and-again, from-a-new-country',
      holds: false,
      saw: {},
    },
  ])
})

test('explain names what an event is counted by and the inputs, where it does not have them', async () => {
  const playbook = `version: 1
name: counted
title: Counted
status: test
severity: low
inputs: { who: { type: string, pattern: "^AROA", description: id } }
scope: { aws: { accounts: [self] } }
steps: [{ name: one, select: identity.name == inputs.who, interrupt: [quarantine] }]
triggers:
  - name: by-resource
    when: event.cloud == "aws"
    correlate:
      type: value_count
      group-by: [identity.session]
      timespan: 10m
      condition: { gte: 3, field: country }
    inputs: { who: event.identity.name }
`
  writeFileSync(join(interdict.folder, 'counted.yaml'), playbook)
  const { data, stderr } = await explain('denied.json', 'counted.yaml')
  expect(stderr).toBe('')
  const [{ matches, conditions }] = data.events[0].triggers
  expect(matches).toBe(false)
  const failing = conditions.filter(({ holds }: { holds: boolean }) => !holds)
  expect(failing).toMatchObject([
    {
      text: 'the event has identity.session, by which it is counted',
      saw: { 'event.identity.session': null },
    },
    { text: 'the event has country, by which it is counted', saw: { 'event.country': null } },
    { text: 'input who: event.identity.name', flaw: expect.stringMatching(/^it /) },
  ])
})

test('explain asks what was learned in the state folder', async () => {
  const state = join(interdict.folder, 'state')
  const usual = {
    ...JSON.parse(readFileSync(fixture('cloudtrail-user-denied.json'), 'utf8')),
    eventID: 'usual',
  }
  writeFileSync(join(interdict.folder, 'usual.json'), JSON.stringify(usual))
  const playbook = `version: 1
name: first
title: First
status: test
severity: low
inputs: { who: { type: string, description: name } }
scope: { aws: { accounts: [self] } }
steps: [{ name: one, select: identity.name == inputs.who, interrupt: [quarantine] }]
triggers:
  - name: new-network
    when: event.cloud == "aws"
    first-seen: [network]
    inputs: { who: event.identity.name }
`
  writeFileSync(join(interdict.folder, 'first.yaml'), playbook)
  const trigger = async (record: string) => (await explain(record, 'first.yaml')).data.events[0].triggers[0]
  expect((await trigger('usual.json')).needs).toEqual([expect.stringContaining('nothing is learned yet')])
  const learned = await interdict.run(
    'watch',
    '--learn',
    '--once',
    '--source',
    'file:usual.json',
    '--state',
    state,
  )
  expect(learned.exit, learned.stderr).toBe(0)
  expect(await trigger('usual.json')).toMatchObject({ matches: false, needs: [] })
  writeFileSync(
    join(interdict.folder, 'elsewhere.json'),
    JSON.stringify({ ...usual, eventID: 'other', sourceIPAddress: '192.0.2.77' }),
  )
  expect(await trigger('elsewhere.json')).toMatchObject({ matches: true, needs: [] })
})

test('explain prints lines of at most 80 columns, each below the condition it explains', async () => {
  const { exit, stdout } = await interdict.run('playbook', 'explain', 'denied.json', 'leaked-access-key')
  expect(exit).toBe(0)
  expect(stdout).toMatch(/✖ has\(event\.country\)\n {6}event\.country is missing\n/)
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

test('explain takes an alternative apart', async () => {
  const playbook = `version: 1
name: either
title: One of two
status: test
severity: low
inputs: { who: { type: string, description: name } }
scope: { aws: { accounts: [self] } }
steps: [{ name: one, select: identity.name == inputs.who, interrupt: [quarantine] }]
triggers:
  - name: either
    when: event.cloud == "aws" && (event.country == "NG" || event.outcome == "success")
    inputs: { who: event.identity.name }
`
  writeFileSync(join(interdict.folder, 'either.yaml'), playbook)
  const { data } = await explain('denied.json', 'either.yaml')
  const [, second] = data.events[0].triggers[0].conditions
  expect(second.holds).toBe(false)
  expect(second.of).toMatchObject([
    { text: 'event.country == "NG"', holds: false, saw: { 'event.country': null } },
    { text: 'event.outcome == "success"', holds: false, saw: { 'event.outcome': 'denied' } },
  ])
})

test('explain exits with 4 and says why when a record holds no event, and reads it with a mapping', async () => {
  const unknown = await explain('vendor.json', 'leaked-service-account-key')
  expect(unknown).toMatchObject({ exit: 4, data: { events: [], setAside: 'in no format that is known' } })
  const mapped = await explain('vendor.json', 'leaked-service-account-key', '--mapping', 'vendor.yaml')
  expect(mapped).toMatchObject({ exit: 0, data: { events: [{ event: { format: 'vendor-log' } }] } })
})

test.each([
  ['a file that is not there', 'nowhere.json', /cannot read/],
  ['a folder', '.', /is not a file/],
])('explain refuses %s with exit 2', async (_, record, words) => {
  const { exit, stderr } = await interdict.run('playbook', 'explain', record)
  expect(exit).toBe(2)
  expect(stderr).toMatch(words)
})

test('a test in a playbook reads records with a mapping', async () => {
  const playbook = `version: 1
name: vendor
title: Of a vendor
status: test
severity: low
inputs: { who: { type: string, description: name } }
scope: { gcp: { projects: [self] } }
steps: [{ name: one, select: identity.name == inputs.who, interrupt: [disable] }]
triggers:
  - name: refused
    when: event.outcome == "denied"
    inputs: { who: event.identity.name }
tests:
  - { name: a record of the vendor, event: vendor.json, fires: true }
`
  writeFileSync(join(interdict.folder, 'of-vendor.yaml'), playbook)
  expect((await interdict.run('playbook', 'test', 'of-vendor.yaml')).exit).toBe(4)
  expect((await interdict.run('playbook', 'test', 'of-vendor.yaml', '--mapping', 'vendor.yaml')).exit).toBe(0)
})
