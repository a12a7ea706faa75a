import { expect, test } from 'vitest'
import { Fault } from '../../src/model/fault.ts'
import { replay } from '../../src/model/run/replay.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { errorJson, errorText } from '../../src/ui/error.ts'
import { containJson, runDetailJson } from '../../src/ui/json.ts'
import { lineListener } from '../../src/ui/line-view.ts'
import { planText } from '../../src/ui/plan.ts'
import { previewText } from '../../src/ui/restore.ts'
import { restoredText } from '../../src/ui/restored.ts'
import { runText, statusText } from '../../src/ui/status.ts'
import { summaryText } from '../../src/ui/summary.ts'
import { width } from '../../src/ui/text.ts'
import { change, entries, HOSTILE, identity, page, plan, started } from './fixture.ts'

const widest = (text: string) => Math.max(...text.split('\n').map(width))

const vendor = change(
  identity('vendor-sync', 'role', {
    trust: { accounts: ['998877665544'] },
    lastUsed: '2026-03-01T13:58:11.000Z',
  }),
)
const hostile = change(identity(HOSTILE))

function runOf(...more: Parameters<typeof entries>[0]): RunState {
  const state = replay(entries([started(plan([vendor, hostile])), ...more]))
  if (!state) throw new Error('no state')
  return state
}

const intended = {
  type: 'change.intended',
  key: vendor.key,
  uid: 'x',
  before: {},
  after: { 'inline/interdict-7f3k': 'x' },
  joined: [],
} as const
const written = { type: 'change.written', key: vendor.key } as const
const proven = {
  type: 'change.verified',
  key: vendor.key,
  set: true,
  denied: 'denied',
  drift: [],
  live: {},
} as const

test('plan: says what, how much, as whom, until when it cannot be undone, and fits 80 columns', () => {
  const text = planText(plan([vendor]), page())
  expect(text).toMatchInlineSnapshot(`
    "third-party-stop · severity high · would touch 1 of 41 identities (limit 25)
    as arn:aws:sts::111122223333:assumed-role/incident-responder/mara

      AWS 111122223333 (acme-prod)
      role vendor-sync        trusts 998877665544  last used 4m ago
        quarantine      + inline/interdict-7f3k  ‒ → Deny *
        leaves          calls that the role’s resources allow to anybody, and what a
                        presigned URL still lets through until it ends

      Blast radius  nothing else is known to use them; none was active in the last
                    hour.
      Undo          exact. Sessions issued before the run live up to 12h: a restore
                    before 2 Mar 02:02 UTC keeps them denied, and a second one
                    finishes; where that cannot be, the first is refused.
      Calls         9 reads made, 6 writes to make, about 3s

    Plan: 1 to contain (1 change), 0 to skip, 0 spared
    "
  `)
  expect(widest(text)).toBeLessThanOrEqual(80)
})

const JOURNAL = `/home/${'x'.repeat(200)}`

test.each([40, 60, 80, 120])('every screen fits %i columns, whatever the names are', columns => {
  const spared = [{ identity: identity(HOSTILE.repeat(5)), because: HOSTILE.repeat(9) }]
  const many = Array.from({ length: 60 }, (_, at) => change(identity(`role-${at}-${'x'.repeat(at * 2)}`)))
  const screens = [
    planText(plan([vendor, hostile, ...many], { spared }), page(columns)),
    statusText([{ run: '7f3k', state: runOf(intended, written, proven) }], page(columns)),
    // A path is never broken, since nobody could paste it.
    runText(runOf(intended, written, proven), JOURNAL, page(columns)).replace(JOURNAL, '~'),
  ]
  for (const text of screens) {
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\u202e')
    if (columns >= 80) expect(widest(text)).toBeLessThanOrEqual(columns)
  }
  expect(screens[0]).toMatch(/… and \d+ more of the same \(--all shows them\)/)
  expect(planText(plan(many), page(columns, true))).not.toContain('… and')
})

test('an endpoint that is not the cloud itself is said in the head of the plan', () => {
  const callers = [{ ...plan([]).callers[0]!, endpoint: 'http://127.0.0.1:4566' }]
  expect(planText(plan([vendor], { callers }), page())).toContain(
    'the emulator at http://127.0.0.1:4566, not the cloud itself',
  )
})

test('contain: the summary counts what is proven, and says what is not', () => {
  const failed = {
    type: 'change.failed',
    key: hostile.key,
    fault: { code: 'denied', message: `no ${HOSTILE}` },
  } as const
  const text = summaryText(
    runOf(intended, written, proven, failed, { type: 'run.finished', status: 'incomplete' }),
    '/x/7f3k.jsonl',
    page(),
  )
  expect(text).toContain('incomplete  1 of 2 changes holds and is proven')
  expect(text).toContain('✖ role evil')
  expect(text).toContain('next        interdict resume 7f3k\n            interdict status 7f3k\n')
  expect(text).not.toContain('\u001b')
})

test('a change that is set and not in force yet is never called proven', () => {
  const slow = { ...vendor, settles: 120 }
  const set = { ...proven, denied: null } as const
  const bodies = [started(plan([slow])), intended, written, set, { type: 'run.finished', status: 'complete' }]
  const state = replay(entries(bodies as Parameters<typeof entries>[0]))
  if (!state) throw new Error('no state')
  const summary = summaryText(state, '/x/7f3k.jsonl', page())
  expect(summary).toContain('  … AWS 111122223333   1/1 set   1 enforced by 14:04:11 UTC\n')
  expect(summary.replace(/\s+/g, ' ')).toContain(
    'complete 0 of 1 change hold and are proven; 1 is set and read back, enforced by 14:04:11 UTC (documented delay)',
  )
  const status = runText(state, '/x/7f3k.jsonl', page())
  expect(status).toContain('set, enforced by 14:04:11 UTC')
  expect(status).toContain('1 of 1 change; 0 proven, 0 drifted\n')
  expect(status).toContain(
    'settles  1 change set and read back; enforced by 14:04:11 UTC (documented delay)\n',
  )
  expect(statusText([{ run: '7f3k', state }], page(120))).toContain('settling')
  expect(containJson({ state, path: '' }).changes[0]).toMatchObject({ settledAt: '2026-03-01T14:04:11.000Z' })

  const later = { ...page(), now: '2026-03-01T14:04:12.000Z' }
  expect(summaryText(state, '', later)).toContain('1 of 1 change holds and is proven\n')
  expect(runText(state, '', later)).not.toContain('settles')
})

test('a plan says what is left to a person, what is left alive, what opens one way, and why it takes long', () => {
  const text = planText(
    plan([{ ...vendor, settles: 120, oneWay: 'iam.update is missing' }], {
      manual: [{ identity: vendor.identity.id, text: 'remove it in the console' }],
      advice: [{ identity: vendor.identity.id, text: `${HOSTILE} lives on; aws.user.quarantine reaches it` }],
      calls: { reads: 1, writes: 40, seconds: 200, slowest: 'gcp.project.quarantine' },
    }),
    page(),
  )
  expect(text).toContain('    enforced        within 2m of the write (documented delay)\n')
  expect(text).toContain('    one way         these credentials could not put it back: iam.update is\n')
  expect(text).toContain('  by hand\n    role vendor-sync: remove it in the console\n')
  expect(text).toContain('  left alive\n    role vendor-sync: evil')
  expect(text.replace(/\s+/g, ' ')).toContain(
    'about 3m 20s, which a quota of the cloud makes of gcp.project.quarantine',
  )
  expect(text).not.toContain('\u001b')
  expect(widest(text)).toBeLessThanOrEqual(80)
})

test('by hand: asked for while it is held, and to be taken back once it is restored', () => {
  const manual = [{ identity: vendor.identity.id, text: 'remove it in the console' }]
  const held = [started(plan([vendor], { manual })), intended, written, proven]
  const state = replay(entries(held))
  if (!state) throw new Error('no state')
  const step = '  by hand\n    role vendor-sync: remove it in the console\n'
  expect(summaryText(state, '', page())).toContain(step)
  expect(runText(state, '', page())).toContain(step)
  const restored = [
    {
      type: 'restore.started',
      actor: { user: 'mara', host: 'desk', pid: 1 },
      reason: '',
      only: [],
      options: {},
    },
    {
      type: 'restore.intended',
      key: vendor.key,
      entries: [{ entry: 'inline/interdict-7f3k', ours: 'x', live: 'x', decision: 'put-back' }],
    },
    { type: 'restore.written', key: vendor.key },
    { type: 'restore.verified', key: vendor.key, set: true },
    { type: 'restore.finished', status: 'complete' },
  ] as const
  const back = replay(entries([...held, ...restored]))
  if (!back) throw new Error('no state')
  expect(restoredText(back, page())).toBe(
    '  by hand: what was done of this is to be taken back\n    role vendor-sync: remove it in the console\n\nrestored  1 put back\n',
  )
  expect(runText(back, '', page())).not.toContain('by hand')
  expect(runDetailJson(state, page().now)).toMatchObject({ manual })
})

test('status: one line a run, the numbers of the journal, and what cannot be believed', () => {
  const text = statusText(
    [
      { run: '7f3k', state: runOf(intended, written, proven) },
      { run: 'bad2', fault: { code: 'tampered', message: 'the seal is broken' } },
    ],
    page(),
  )
  expect(text).toMatchInlineSnapshot(`
    "RUN   STATE       WHERE  PLAYBOOK          HOLDS  PROVEN  DRIFT  REVIEW
    7f3k  unfinished  live   third-party-stop      1       1      0  in 4h
    bad2  the seal is broken
    "
  `)
})

test('restore: drift is shown as before, ours and now', () => {
  const changes = [
    {
      key: vendor.key,
      identity: vendor.identity,
      interruption: vendor.interruption,
      entries: [
        { entry: 'group/ops', before: true, ours: undefined, live: 'ops-2', decision: 'drift' as const },
        {
          entry: 'enabled',
          before: true,
          ours: false,
          live: false,
          decision: 'put-back' as const,
          to: true,
        },
      ],
    },
  ]
  expect(previewText(runOf(), changes, page())).toMatchInlineSnapshot(`
    "7f3k · third-party-stop · by mara, ticket IR-2291

      role vendor-sync  quarantine
        group/ops     drift: left alone, still held
            before  true
            ours    ‒
            now     ops-2
        enabled       false → true
    "
  `)
})

test('restored: nothing came back, and no word says that some did', () => {
  const state = runOf(
    intended,
    written,
    proven,
    {
      type: 'restore.started',
      tool: 'test',
      actor: { user: 'mara', host: 'laptop', pid: 1 },
      reason: '',
      options: { drift: 'skip', stepDown: false, acceptLiveTokens: false },
    },
    {
      type: 'restore.intended',
      key: vendor.key,
      entries: [
        { entry: 'inline/interdict-7f3k', before: undefined, ours: 'x', live: 'x', decision: 'put-back' },
      ],
    },
    { type: 'restore.failed', key: vendor.key, fault: { code: 'rejected', message: 'no', where: 'there' } },
    { type: 'restore.finished', status: 'incomplete' },
  )
  const text = restoredText(state, page())
  expect(text).toContain('not restored  0 put back, 1 failed')
  expect(text).not.toContain('partly')
})

test('restored: what is still held is said', () => {
  const restoring = {
    type: 'restore.intended',
    key: vendor.key,
    entries: [{ entry: 'inline/interdict-7f3k', ours: 'x', live: 'x', decision: 'put-back' }],
  } as const
  const state = runOf(
    intended,
    written,
    {
      type: 'restore.started',
      actor: { user: 'mara', host: 'desk', pid: 1 },
      reason: '',
      only: [],
      options: { drift: 'skip', stepDown: false, acceptLiveTokens: false },
    },
    restoring,
    { type: 'restore.written', key: vendor.key },
    { type: 'restore.verified', key: vendor.key, set: true },
    { type: 'restore.finished', status: 'complete' },
  )
  expect(restoredText(state, page())).toBe('restored  1 put back\n')
})

test('plain lines: one an event, with names that act on nothing', () => {
  const lines: string[] = []
  const listen = lineListener(line => lines.push(line))
  for (const entry of entries([started(plan([vendor, hostile])), intended, written, proven]))
    listen({ type: 'entry', entry })
  expect(lines).toEqual([
    '2026-03-01T14:02:11Z run 7f3k: 2 changes, third-party-stop\n',
    '2026-03-01T14:02:11Z aws 111122223333 role vendor-sync quarantine: written\n',
    '2026-03-01T14:02:11Z aws 111122223333 role vendor-sync quarantine: set, denied\n',
  ])
})

test('an error says what, where and what next; for programs with its exit code', () => {
  const fault = new Fault('horizon', 'refused: too early', { where: 'aws:1:role/x', next: 'wait' })
  expect(errorText(fault.record())).toBe('✖ refused: too early\n  where  aws:1:role/x\n  next   wait\n')
  expect(errorJson(fault)).toEqual({
    error: { code: 'horizon', message: 'refused: too early', where: 'aws:1:role/x', next: 'wait' },
    exit: 3,
  })
})
