import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { program } from './program.ts'

const interdict = program()
afterAll(() => interdict.close())

const fixture = (name: string) => fileURLToPath(new URL(`../signals/fixtures/${name}`, import.meta.url))
const record = JSON.parse(readFileSync(fixture('cloudtrail-web-identity.json'), 'utf8')) as object
mkdirSync(join(interdict.folder, 'records'))
copyFileSync(fixture('cloudtrail-web-identity.json'), join(interdict.folder, 'records/night.json'))

const SHIPPED = readFileSync(
  fileURLToPath(new URL('../../playbooks/ci-role-outside-window.yaml', import.meta.url)),
  'utf8',
).replace(/^(?:triggers|tests):\n(?:[ #].*\n|\n)*/gm, '')

const TRIGGERS = `triggers:
  - name: outside-window
    when: >-
      event.action == "sts:AssumeRoleWithWebIdentity" && event.outcome == "success" &&
      !inWindow(event.time, "Mon-Fri 08:00-18:00", "UTC")
    inputs: { role: event.identity.name }
`
const write = (name: string, tests: string) => {
  writeFileSync(join(interdict.folder, name), `${SHIPPED}${TRIGGERS}tests:\n${tests}`)
  return name
}
const inline = (more: object = {}) => JSON.stringify({ ...record, ...more })

describe('playbook test', () => {
  test('tests that hold', async () => {
    const file = write(
      'good.yaml',
      `  - { name: at night, event: records/night.json, fires: true, inputs: { role: github-deployer } }
  - { name: by day, event: ${inline({ eventTime: '2026-11-23T10:00:00Z' })}, fires: false }
`,
    )
    const told = await interdict.run('playbook', 'test', file)
    expect(told).toMatchObject({ exit: 0, stderr: '' })
    expect(told.stdout).toBe('good.yaml\n  ✔ at night\n  ✔ by day\n2 tests passed\n')
    const { data, exit } = await interdict.json('playbook', 'test', file)
    expect(exit).toBe(0)
    expect(data.playbooks[0].tests[0]).toMatchObject({
      ok: true,
      fired: [{ inputs: { role: 'github-deployer' } }],
    })
  })

  test('tests that do not hold say why, and exit 4', async () => {
    const file = write(
      'bad.yaml',
      `  - { name: quiet, event: records/night.json, fires: false }
  - { name: loud, event: ${inline({ eventTime: '2026-11-23T10:00:00Z' })}, fires: true }
  - { name: other role, event: records/night.json, fires: true, inputs: { role: other } }
  - { name: none, event: { a: 1 }, fires: false }
`,
    )
    const { exit, stdout } = await interdict.run('playbook', 'test', file)
    expect(exit).toBe(4)
    expect(stdout).toContain('✖ quiet: trigger outside-window fired: one event')
    expect(stdout).toContain('✖ loud: no trigger fired')
    expect(stdout).toContain(`✖ other role: input 'role' is "github-deployer", not "other"`)
    expect(stdout).toContain('✖ none: a record cannot be read: in no format that is known')
    expect(stdout).toContain('4 of 4 tests failed')
  })

  test('a failed test shows its record as the event that expressions see, and the conditions that are false', async () => {
    const file = write(
      'why.yaml',
      `  - { name: loud, event: ${inline({ eventTime: '2026-11-23T10:00:00Z' })}, fires: true }
  - { name: silent, event: { Records: [] }, fires: true }
`,
    )
    const { stdout } = await interdict.run('playbook', 'test', file)
    expect(stdout).toMatch(/^ {8}event\.action +"sts:AssumeRoleWithWebIdentity"$/m)
    expect(stdout).toMatch(/^ {8}event\.identity\.name +"github-deployer"$/m)
    expect(stdout).toContain('trigger outside-window: does not match: 1 condition false')
    expect(stdout).toMatch(
      /✖ !inWindow\(event\.time, "Mon-Fri 08:00-18:00", "UTC"\)\n +event\.time is "2026-11-23T10:00:00/,
    )
    expect(stdout).toContain('✖ silent: no trigger fired: its records hold no event')
    const { data } = await interdict.json('playbook', 'test', file)
    expect(data.playbooks[0].tests[0].explained).toMatchObject([
      { event: { action: 'sts:AssumeRoleWithWebIdentity' }, triggers: [{ matches: false }] },
    ])
  })

  test('a failed test shows what else a matching trigger waits for, and at most two events', async () => {
    const triggers = TRIGGERS.replace(
      '    inputs:',
      '    correlate: { type: event_count, group-by: [identity.id], timespan: 10m, condition: { gte: 9 } }\n    inputs:',
    )
    const events = [1, 2, 3].map(n => inline({ eventID: `e-${n}`, eventTime: `2026-11-22T02:00:0${n}Z` }))
    const tests = `tests:\n  - { name: too few, events: [${events.join(', ')}], fires: true }\n`
    writeFileSync(join(interdict.folder, 'few.yaml'), `${SHIPPED}${triggers}${tests}`)
    const { stdout } = await interdict.run('playbook', 'test', 'few.yaml')
    expect(stdout.match(/trigger outside-window: matches/g)).toHaveLength(2)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'it also takes 9 such events in 600 s with the same identity.id',
    )
    expect(stdout).toContain('… and 1 more event: --json prints them')
  })

  test('a failed test of a first time says that nothing was learned', async () => {
    const triggers = TRIGGERS.replace('    inputs:', '    first-seen: [network]\n    inputs:')
    const tests = `tests:\n  - { name: not learned, event: records/night.json, fires: true }\n`
    writeFileSync(join(interdict.folder, 'first.yaml'), `${SHIPPED}${triggers}${tests}`)
    const { stdout } = await interdict.run('playbook', 'test', 'first.yaml')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      '✖ the first time with this network, of an identity that was seen before',
    )
  })

  test.each([
    ['a record outside the folder', '../secret.json', /is not in the folder/],
    ['a record that is not there', 'nope.json', /ENOENT/],
    ['a record that is a folder', 'records', /is not a file/],
  ])('%s', async (_, event, message) => {
    const file = write('wrong.yaml', `  - { name: x, event: ${event}, fires: true }\n`)
    const { exit, stderr } = await interdict.run('playbook', 'test', file)
    expect(exit).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('a playbook without tests', async () => {
    writeFileSync(join(interdict.folder, 'none.yaml'), SHIPPED)
    const { exit, stderr } = await interdict.run('playbook', 'test', 'none.yaml')
    expect(exit).toBe(2)
    expect(stderr).toContain('has no tests')
  })
})
