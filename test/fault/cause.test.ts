import { describe, expect, it } from 'vitest'
import { makePlan } from '../../src/engine/index.ts'
import type { Trouble } from '../../src/lab/index.ts'
import { Fault } from '../../src/model/fault.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { containJson } from '../../src/ui/json.ts'
import { lineListener } from '../../src/ui/line-view.ts'
import { COLOURLESS } from '../../src/ui/page.ts'
import { planText } from '../../src/ui/plan.ts'
import { summaryText } from '../../src/ui/summary.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import type { Case } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'
import { Incident, RUN } from './incident.ts'

const CLOUDS: [string, () => Case, notImplemented: Trouble][] = [
  ['AWS', () => awsCase(), { kind: 'error', code: 'NotImplemented', status: 501, message: 'no such thing' }],
  [
    'Google Cloud',
    () => gcpCase(),
    { kind: 'error', code: 'UNIMPLEMENTED', status: 501, message: 'no such thing' },
  ],
  ['Azure', () => azureCase(), { kind: 'error', code: 'NotImplemented', status: 501 }],
]

/** A change that is written, and that the cloud cannot or will not evaluate, with the answer that it gives. */
const ROUNDS = CLOUDS.flatMap(([cloud, open, missing]) => {
  const { errors, operations } = open()
  const refused: Trouble = { kind: 'error', ...errors.denied, message: 'you may not ask' }
  return operations.probes.flatMap(operation => [
    { cloud, open, operation, title: 'is not implemented', trouble: missing, said: 'no such thing' },
    { cloud, open, operation, title: 'is not permitted', trouble: refused, said: 'you may not ask' },
  ])
})

describe('an evaluation that fails', () => {
  it.each(ROUNDS)(
    '$cloud: leaves its reason in the journal, on the screen and in --json when $operation $title',
    async ({ open, operation, trouble, said }) => {
      const incident = await Incident.open(open())
      try {
        const lines: string[] = []
        const plain = lineListener(line => lines.push(line))
        incident.lab.faults.add({ trouble, operation, times: 0 })
        incident.listen = event => plain(event)
        const state = await incident.contain()
        expect(state.finished).toBe('incomplete')
        const unproven = [...state.changes.values()].filter(({ denied }) => denied === 'unknown')
        expect(unproven.length).toBeGreaterThan(0)

        const read = await incident.town.store.read(RUN)
        for (const { key } of unproven) {
          expect(read.state.changes.get(key)?.because).toContain(said)
        }
        expect(
          containJson({ state, path: 'x' })
            .changes.filter(({ denied }) => denied === 'unknown')
            .map(({ because }) => because?.includes(said)),
        ).toEqual(unproven.map(() => true))
        const page = { columns: 400, all: true, paint: COLOURLESS, now: incident.lab.clock.now() }
        expect(summaryText(state, 'x', page)).toContain(said)
        expect(lines.filter(line => line.includes(said)).length).toBeGreaterThanOrEqual(unproven.length)

        incident.lab.faults.clear()
        // An operation that is not implemented is not asked for again while we are signed in.
        await incident.signInAgain()
        const again = await incident.resume()
        expect(again.finished).toBe('complete')
        expect([...again.changes.values()].map(({ because }) => because)).toEqual(
          [...again.changes.values()].map(() => undefined),
        )
      } finally {
        await incident.close()
      }
    },
    120_000,
  )
})

describe('a reading that fails after the write', () => {
  it('leaves its reason in the journal and on the screen', async () => {
    const given = awsCase()
    const incident = await Incident.open(given)
    try {
      const [operation = ''] = given.operations.reads
      incident.once('change.written', () =>
        incident.lab.faults.add({
          trouble: { kind: 'error', ...given.errors.denied, message: 'you may not look' },
          times: 0,
          ...(operation === '' ? {} : { operation }),
        }),
      )
      const state = await incident.contain()
      expect(state.finished).toBe('incomplete')
      const unread = [...state.changes.values()].filter(({ set }) => !set)
      expect(unread.length).toBeGreaterThan(0)
      for (const { because, fault } of unread) {
        expect(because ?? fault?.message).toContain('you may not look')
      }
    } finally {
      await incident.close()
    }
  }, 120_000)
})

describe('a sweep that cannot list the credentials of a contained principal', () => {
  it('leaves its reason in the journal, on the screen and in --json', async () => {
    const given = awsCase()
    const incident = await Incident.open(given)
    try {
      incident.once('change.verified', () =>
        incident.lab.faults.add({
          trouble: { kind: 'error', ...given.errors.denied, message: 'you may not list' },
          // The look at the key has listed the access keys already.
          operation: 'ListSigningCertificates',
          times: 0,
        }),
      )
      const state = await incident.contain()
      expect(state.finished).toBe('incomplete')
      const { state: read } = await incident.town.store.read(RUN)
      expect(read.unswept.map(({ fault }) => fault.message)).toEqual([
        expect.stringContaining('you may not list'),
      ])
      const page = { columns: 400, all: true, paint: COLOURLESS, now: incident.lab.clock.now() }
      expect(summaryText(state, 'x', page)).toContain('you may not list')
      expect(containJson({ state, path: 'x' })).toMatchObject({
        unswept: [{ owner: read.unswept[0]?.owner }],
      })
      incident.lab.faults.clear()
      const resumed = await incident.resume()
      expect(resumed.finished).toBe('complete')
      expect(resumed.unswept).toEqual([])
    } finally {
      await incident.close()
    }
  }, 120_000)
})

describe('a plan that cannot list what uses an identity', () => {
  it('says so with the reason, and does not say that nothing uses it', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    const world = cloud.world()
    const sessions = world.sessions.map(each => ({
      ...each,
      dependents: async () => Promise.reject(new Fault('denied', 'you may not look around')),
    }))
    const plan = await makePlan(
      { ...world, sessions },
      { run: RUN, playbook: playbook(['disable']), inputs: {}, holds: new Holds([]) },
    )
    expect(plan.changes).toHaveLength(1)
    const page = { columns: 200, all: true, paint: COLOURLESS, now: plan.at }
    expect(planText(plan, page)).toContain('could not be listed: you may not look around')
    expect(planText(plan, page)).not.toContain('nothing else is known to use them')
  })
})

describe('a plan that cannot ask whether a change could be put back', () => {
  it('warns with the reason', async () => {
    const incident = await Incident.open(gcpCase())
    try {
      for (const operation of [
        'cloudresourcemanager.projects.testIamPermissions',
        'iam.projects.serviceAccounts.testIamPermissions',
      ]) {
        incident.lab.faults.add({
          trouble: { kind: 'error', code: 'PERMISSION_DENIED', status: 403, message: 'you may not test' },
          operation,
          times: 0,
        })
      }
      const { playbook, town } = incident
      const holds = await town.holds()
      const plan = await makePlan(incident.world(), { run: RUN, playbook, inputs: {}, holds })
      expect(plan.changes.length).toBeGreaterThan(0)
      expect(plan.warnings.join('\n')).toContain('you may not test')
    } finally {
      await incident.close()
    }
  })
})
