import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LEAKED_KEY } from '../../src/lab/aws/seed/index.ts'
import { CloudClock } from '../../src/model/cloud-clock.ts'
import { clockWarnings, correctionOf, refuseClock } from '../../src/toolkit/clocks.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import { type Case, openCase } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { Desk } from '../hostile/program.ts'

const LONG = 300_000
const DAY = 86_400_000

it('a clock knows the difference from the newest answer, and nothing from one that took too long', () => {
  const clock = new CloudClock()
  expect(clock.offset).toBeUndefined()
  const sent = Date.parse('2026-11-30T00:00:00Z')
  clock.note('Mon, 30 Nov 2026 00:10:00 GMT', sent, sent + 1_000)
  expect(clock.offset).toBe(600_000)
  clock.note('Mon, 30 Nov 2026 05:00:00 GMT', sent, sent + 60_000)
  clock.note('yesterday', sent, sent)
  clock.note(undefined, sent, sent)
  expect(clock.offset).toBe(600_000)
})

it.each([
  [[0], 0],
  [[59_000], 0],
  [[-120_000], -120_000],
  [[DAY, DAY + 2_000, DAY - 1_000], DAY],
  // Which of the two is right nobody knows.
  [[DAY, 0], 0],
  [[], 0],
])('clocks of clouds that are ahead by %j correct ours by %i', (all, by) => {
  expect(correctionOf(all.map((offset, at) => ({ cloud: `c${at}`, offset })))).toBe(by)
})

it('a minute is told, and five are refused, in either direction', () => {
  for (const sign of [1, -1]) {
    const of = (offset: number) => [{ cloud: 'aws', offset: sign * offset }]
    expect(clockWarnings(of(50_000))).toEqual([])
    expect(clockWarnings(of(70_000))).toHaveLength(1)
    expect(() => refuseClock(of(280_000), 'it')).not.toThrow()
    expect(() => refuseClock(of(320_000), 'it')).toThrow(/and it depends on it/)
  }
})

const CLOUDS: [string, () => Case][] = [
  ['AWS', awsCase],
  ['Google Cloud', gcpCase],
  ['Azure', azureCase],
]

it.each(CLOUDS)('a session of %s knows the clock of the cloud, and asks nothing for it', async (_, open) => {
  const { lab, sessions } = await openCase(open())
  try {
    const [session] = sessions
    expect(Math.abs(session?.clockOffset?.() ?? Number.NaN)).toBeLessThan(30_000)
    lab.clock.advance(2 * 86_400)
    const kind = open().provider.kinds.find(({ costly }) => !costly)
    for await (const _ of session?.inventory({ kinds: [kind?.name ?? ''] }) ?? []) break
    expect(Math.abs((session?.clockOffset?.() ?? 0) - 2 * DAY)).toBeLessThan(30_000)
  } finally {
    for (const session of sessions) await session.close()
    await lab.close()
  }
})

/** Stops a role's old sessions by the time at which they were issued. */
const REVOKE = `version: 1
name: revoke
title: Revoke
status: experimental
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 5, share: 1 }
ttl: 4h
steps:
  - name: the role
    select: identity.kind == "role" && identity.name == "github-deployer"
    interrupt: [revoke-sessions]
`

describe('a machine whose clock is two days behind the cloud’s', () => {
  const atDesk = async (work: (desk: Desk) => Promise<void>) => {
    const desk = await Desk.open()
    try {
      await writeFile(desk.playbook, REVOKE)
      await work(desk)
    } finally {
      await desk.close()
    }
  }
  const contain = (desk: Desk, ...more: string[]) =>
    desk.interdict(['contain', desk.playbook, '--yes', '--json', ...more])

  it(
    'does not deny sessions by its own time: it refuses, or uses the time of the cloud where that is accepted',
    () =>
      atDesk(async desk => {
        desk.lab.clock.advance(2 * 86_400)
        const refused = await contain(desk)
        expect(refused.code, refused.stdout + refused.stderr).toBe(3)
        expect(refused.stdout).toContain('--accept-clock --reason')
        expect(desk.written()).toEqual([])
        expect((await contain(desk, '--accept-clock')).code).toBe(2)
        const before = desk.lab.clock.ms()
        const taken = await contain(desk, '--accept-clock', '--reason', 'no time server here')
        expect(taken.code, taken.stdout + taken.stderr).toBe(0)
        const { run } = JSON.parse(taken.stdout)
        const entries = (await readFile(desk.journal(run), 'utf8'))
          .trim()
          .split('\n')
          .map(line => JSON.parse(line))
        const times = JSON.stringify(entries.find(({ type }) => type === 'change.intended').after)
        const [denied = ''] = /20\d\d-\d\d-\d\dT[0-9:.]+Z/.exec(times) ?? []
        expect(Date.parse(denied)).toBeGreaterThan(before - 60_000)
        expect(JSON.stringify(entries[0].plan.warnings)).toContain('behind that of aws')
      }),
    LONG,
  )

  it(
    'is shown by doctor',
    () =>
      atDesk(async desk => {
        desk.lab.clock.advance(2 * 86_400)
        const { stdout } = await desk.interdict(['doctor', '--cloud', 'aws', '--json'])
        const [account] = JSON.parse(stdout).accounts
        expect(Math.abs(account.clockOffset - 2 * 86_400)).toBeLessThan(60)
        const text = (await desk.interdict(['doctor', '--cloud', 'aws'])).stdout
        expect(text).toContain('✖ AWS: 2d')
      }),
    LONG,
  )
})

it(
  'a machine whose clock is two days ahead of the cloud’s restores nothing before old sessions have ended there',
  async () => {
    const desk = await Desk.open(awsCase(), { dateOffset: -2 * DAY })
    try {
      const contained = ['contain', 'leaked-access-key', '--input', `key=${LEAKED_KEY}`, '--yes', '--json']
      const first = await desk.interdict([...contained, '--accept-clock', '--reason', 'test'])
      expect(first.code, first.stdout + first.stderr).toBe(0)
      const { run } = JSON.parse(first.stdout)
      desk.written()
      const refused = await desk.interdict(['restore', run, '--yes', '--json'])
      expect(refused.code, refused.stdout).toBe(3)
      // Two days less the time that the calls take.
      expect(refused.stdout).toMatch(/clock of this machine is (2d|1d 23h) ahead of that of aws/)
      const told = await desk.interdict([
        'restore',
        run,
        '--yes',
        '--no-step-down',
        '--json',
        '--accept-clock',
        '--reason',
        'test',
      ])
      expect(told.stdout).toContain('horizon')
      expect(told.code).toBe(3)
      expect(desk.written()).toEqual([])
    } finally {
      await desk.close()
    }
  },
  LONG,
)
