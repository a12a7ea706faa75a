import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accountsOf } from '../../src/model/run/accounts.ts'
import { replay } from '../../src/model/run/replay.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import { accountText } from '../../src/ui/account.ts'
import { catalogText } from '../../src/ui/catalog.ts'
import { dueOf, dueText } from '../../src/ui/due-actions.ts'
import { inventoryText } from '../../src/ui/inventory.ts'
import { LiveArea } from '../../src/ui/live-area.ts'
import { liveView } from '../../src/ui/live-view.ts'
import { COLOURLESS, type Page, pageOf } from '../../src/ui/page.ts'
import { planText } from '../../src/ui/plan.ts'
import { changeProblem } from '../../src/ui/problem.ts'
import { previewText } from '../../src/ui/restore.ts'
import { restoredText } from '../../src/ui/restored.ts'
import { runText, statusText } from '../../src/ui/status.ts'
import { summaryText } from '../../src/ui/summary.ts'
import { width } from '../../src/ui/text.ts'
import { change, entries, identity, NOW, page, plan, started } from './fixture.ts'

const PIPE = Number.POSITIVE_INFINITY

/** The ends that a change may come to, as the journal has them after its `change.intended`. */
const ENDS = {
  planned: [],
  intended: [{ type: 'change.intended' }],
  written: [{ type: 'change.intended' }, { type: 'change.written' }],
  proven: [{ type: 'change.intended' }, { type: 'change.written' }, verified({ denied: 'denied' })],
  unasked: [{ type: 'change.intended' }, { type: 'change.written' }, verified({ denied: null })],
  unknown: [
    { type: 'change.intended' },
    { type: 'change.written' },
    verified({ denied: 'unknown', because: 'SimulatePrincipalPolicy: not implemented (HTTP 501)' }),
  ],
  allowed: [{ type: 'change.intended' }, { type: 'change.written' }, verified({ denied: 'allowed' })],
  unset: [{ type: 'change.intended' }, { type: 'change.written' }, verified({ set: false })],
  drift: [{ type: 'change.intended' }, { type: 'change.written' }, verified({ drift: ['inline/x'] })],
  undone: [
    { type: 'change.intended' },
    { type: 'change.written' },
    verified({ denied: 'allowed', undone: ['inline/x'] }),
  ],
  failed: [{ type: 'change.intended' }, { type: 'change.failed', fault: { code: 'denied', message: 'no' } }],
  refused: [{ type: 'change.refused', because: 'it is ours' }],
  already: [{ type: 'change.already' }, verified({ denied: null })],
} as const

function verified(more: object) {
  return { type: 'change.verified', set: true, denied: 'denied', drift: [], live: {}, ...more } as const
}

type End = keyof typeof ENDS

const anEnd = fc.constantFrom(...(Object.keys(ENDS) as End[]))
const aRun = fc.record({
  ends: fc.array(fc.tuple(fc.constantFrom('111122223333', '444455556666'), anEnd), {
    minLength: 1,
    maxLength: 5,
  }),
  status: fc.constantFrom('complete', 'incomplete', 'settling', 'contested', undefined),
  name: fc.stringMatching(/^[a-z][a-z-]{0,40}$/),
  target: fc.constantFrom(
    { kind: 'lab' as const, at: 'lab-1' },
    { kind: 'live' as const, at: '' },
    { kind: 'live' as const, at: 'http://127.0.0.1:5055' },
    { kind: 'live' as const, at: 'https://iam.example' },
  ),
  unlisted: fc.boolean(),
})

type GivenRun = typeof aRun extends fc.Arbitrary<infer Given> ? Given : never

function runOf({ ends, status, name, target, unlisted }: GivenRun): RunState {
  const changes = ends.map(([account, end], at) => {
    const of = { ...identity(`${end}-${at}`), account, id: `aws:${account}:role/${end}-${at}` }
    return { ...change(of), ...(at % 2 === 1 ? { settles: 120 } : {}) }
  })
  const own = plan([])
  const made = plan(changes, {
    target,
    playbook: { ...own.playbook, name },
    ...(unlisted
      ? { unlisted: [{ cloud: 'aws', account: '444455556666', kinds: ['access-key'], because: 'denied' }] }
      : {}),
  })
  const bodies = ends.flatMap(([, end], at) => {
    const { key = '' } = changes[at] ?? {}
    return ENDS[end].map(body => ({
      ...(body.type === 'change.intended'
        ? { uid: 'x', before: {}, after: { 'inline/x': 'x' }, joined: [] }
        : {}),
      ...body,
      key,
    }))
  })
  const finished = status === undefined ? [] : [{ type: 'run.finished' as const, status }]
  const state = replay(entries([started(made), ...bodies, ...finished]))
  if (!state) throw new Error('no state')
  return state
}

/** The cells of each named column, by its title; blanks in two or more part columns. */
function headOf(text: string): string[] {
  return (
    text
      .split('\n')[0]
      ?.trim()
      .split(/\s{2,}/) ?? []
  )
}

describe('status', () => {
  test.each([40, 80, 160, PIPE])('keeps RUN, STATE and WHERE whole on %d columns', columns => {
    fc.assert(
      fc.property(fc.array(aRun, { minLength: 1, maxLength: 4 }), given => {
        const listed = given.map((each, at) => ({ run: `run${at}xy`, state: runOf(each) }))
        const text = statusText(listed, page(columns))
        expect(headOf(text).slice(0, 3)).toEqual(['RUN', 'STATE', 'WHERE'])
        const lines = text.split('\n')
        for (const [at, { target }] of given.entries()) {
          const line = lines.find(each => each.startsWith(`run${at}xy`)) ?? ''
          const [, word, where] = line.split(/\s{2,}/)
          expect(word).not.toContain('…')
          expect(where).toBe(
            target.kind === 'lab'
              ? 'lab'
              : target.at === ''
                ? 'live'
                : target.at.includes('127.0.0.1')
                  ? 'emulator'
                  : 'endpoint',
          )
        }
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns)
      }),
    )
  })

  test('has everything in a pipe', () => {
    const name = 'a-playbook-whose-name-is-longer-than-most-that-people-would-think-of'
    const state = runOf({
      ends: [['111122223333', 'proven']],
      status: 'complete',
      name,
      target: { kind: 'live', at: '' },
      unlisted: false,
    })
    const text = statusText(
      Array.from({ length: 60 }, (_, at) => ({ run: `run${at}`, state })),
      page(PIPE, true),
    )
    expect(headOf(text)).toEqual([
      'RUN',
      'STATE',
      'WHERE',
      'PLAYBOOK',
      'SINCE',
      'HOLDS',
      'PROVEN',
      'DRIFT',
      'REVIEW',
      'RESTORE',
    ])
    expect(text.split('\n').filter(line => line.includes(name))).toHaveLength(60)
  })
})

/** Every screen of a run, by the command that prints it. */
function screens(state: RunState, on: Page): { [command: string]: string } {
  const previewed = [...state.changes.values()].map(({ planned, identity: of }) => ({
    key: planned.key,
    identity: of,
    interruption: planned.interruption,
    entries: [{ entry: 'inline/x', before: undefined, ours: 'x', live: 'y', decision: 'drift' as const }],
  }))
  return {
    plan: planText(
      {
        ...state.plan,
        warnings: ['the credential report is 3 h old: a key made since then is not listed, and not stopped'],
        missing: [{ name: 'nobody' }],
        unreached: [
          { cloud: 'aws', account: '777788889999', fault: { code: 'denied', message: 'AccessDenied' } },
        ],
      },
      on,
    ),
    contain: summaryText(state, '/state/runs/7f3k.jsonl', on),
    status: statusText([{ run: '7f3k', state }], on),
    'status RUN': runText(state, '/state/runs/7f3k.jsonl', on),
    'status --due': dueText(dueOf([state]), on),
    'restore --dry-run': previewText(state, previewed, on),
    restore: restoredText(state, on),
    inventory: inventoryText(
      [...state.changes.values()].map(({ identity: of }) => of),
      on,
    ),
  }
}

test('a screen in a pipe cuts nothing and wraps nothing', () => {
  const of = (at: number) => ({
    ...identity(`a-role-whose-name-is-longer-than-a-terminal-is-wide-${'x'.repeat(70)}-${at}`),
    facts: { ownerName: 'y'.repeat(90) },
  })
  const state = replay(entries([started(plan(Array.from({ length: 70 }, (_, at) => change(of(at)))))]))
  if (!state) throw new Error('no state')
  const on = page(PIPE, true)
  for (const [command, text] of Object.entries(screens(state, on))) {
    expect(text, command).not.toContain('…')
    const bodies = text.split('\n').filter(line => line.trim() !== '')
    // A wrapped line would begin deeper than the head under which it stands, with the rest of a sentence.
    for (const line of bodies) expect(line, command).not.toMatch(/^\s{12,}[a-z]{1,6} [a-z]/)
  }
})

test.each([40, 80, 160, PIPE])('colours change no letter of a screen of %d columns', async columns => {
  const coloured = await pageOf({}, { now: NOW, env: { FORCE_COLOR: '1' } })
  fc.assert(
    fc.property(aRun, given => {
      const state = runOf(given)
      const without = screens(state, { ...page(columns), paint: COLOURLESS })
      const within = screens(state, { ...page(columns), paint: coloured.paint })
      for (const [command, text] of Object.entries(within)) {
        // The blanks that fill a painted cell at the end of a line are left standing.
        const letters = stripVTControlCharacters(text).replace(/ +$/gm, '')
        expect(letters, command).toBe(without[command])
      }
    }),
  )
})

test.each([80, 160])('no line of a screen is wider than %d columns', columns => {
  fc.assert(
    fc.property(aRun, given => {
      for (const [command, text] of Object.entries(screens(runOf(given), page(columns)))) {
        for (const line of text.split('\n'))
          expect(width(line), `${command}: ${line}`).toBeLessThanOrEqual(columns)
      }
    }),
  )
})

test('tables of the playbook and the catalog are whole in a pipe', async () => {
  const { interruptions } = catalogOf(await providersOf())
  const text = catalogText([...interruptions.values()], page(PIPE, true))
  for (const { id, summary } of interruptions.values()) {
    expect(text.split('\n').some(line => line.includes(id) && line.includes(summary))).toBe(true)
  }
})

describe('a lane', () => {
  /** The lines of a run's accounts at the end of the moving picture. */
  async function lastPicture(state: RunState): Promise<readonly string[]> {
    const timing = {
      now: () => 0,
      date: () => Date.parse(NOW),
      random: () => 0,
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>(resolve => {
          if (signal?.aborted) resolve()
          else signal?.addEventListener('abort', () => resolve())
        }),
    }
    const area = new LiveArea({ write: () => true, isTTY: true, columns: 160, rows: 50 }, timing)
    const view = liveView({ area, paint: COLOURLESS, timing, write: () => undefined }, structuredClone(state))
    return await view.end()
  }

  test('has a tick only where no line of any screen reports a problem of its account', async () => {
    await fc.assert(
      fc.asyncProperty(aRun, async given => {
        const state = runOf(given)
        const picture = await lastPicture(state)
        const summary = summaryText(state, '', page(160)).split('\n')
        for (const account of accountsOf(state)) {
          if (account.changes.length === 0) continue
          const isOpen =
            account.changes.some(each => changeProblem(each) !== undefined) ||
            (given.unlisted && account.account === '444455556666')
          for (const lines of [picture, summary]) {
            const lane = lines.find(line => line.slice(4).startsWith(`${accountText(account)} `)) ?? ''
            expect(lane.slice(0, 4)).toMatch(isOpen ? /^ {2}! $/ : /^ {2}[✔…] $/)
          }
        }
      }),
    )
  })
})

test('durations are written in one form, in texts of interruptions too', async () => {
  const { interruptions } = catalogOf(await providersOf())
  const texts = [...interruptions.values()].map(({ id, leaves }) => `${id}: ${String(leaves)}`)
  expect(texts.length).toBeGreaterThan(20)
  // As `formatDuration` has them: 1d 12h, 1h 30m. A range in words, `60 to 90 minutes`, is left to prose.
  expect(
    texts.filter(text => /\b\d+ (?:h|d|m|s|min|hours?|days?)\b|(?<!to )\b\d+ minutes?\b/.test(text)),
  ).toEqual([])
})
