import type { Body, Entry } from '../../../src/model/entry.ts'
import { type Identity, identityId } from '../../../src/model/identity.ts'
import type { Plan, PlannedChange } from '../../../src/model/plan.ts'

/** Returns bodies as entries of run `aaaa`, in this order and a minute apart. */
export function entriesOf(...bodies: readonly Body[]): Entry[] {
  return bodies.map((body, seq) => ({
    ...body,
    v: 2,
    run: 'aaaa',
    seq,
    at: at(seq),
    prev: '',
    hash: `hash${seq}`,
    sig: '',
  }))
}

/** Returns the time of the entry with this `seq`. */
export function at(seq: number): string {
  return new Date(Date.UTC(2026, 10, 30, 12, seq)).toISOString()
}

export function identity(name: string): Identity {
  const id = identityId('toy', 'town', 'door', name)
  return { id, uid: `UID-${name}`, cloud: 'toy', account: 'town', kind: 'door', name, facts: {} }
}

/** Returns the key of a change that shuts an identity's door. */
export function keyOf(name: string): string {
  return `${identity(name).id} toy.door.disable`
}

export function plannedChange(name: string): PlannedChange {
  return {
    key: keyOf(name),
    identity: identity(name),
    interruption: 'toy.door.disable',
    verb: 'disable',
    params: {},
    step: 'doors',
    at: at(0),
    differences: [{ entry: 'open', from: true, to: false }],
    leaves: 'nothing',
    reversal: { kind: 'exact' },
    horizon: 0,
  }
}

export function planOf(more: Partial<Plan> = {}): Plan {
  return {
    version: 2,
    run: 'aaaa',
    at: at(0),
    target: { kind: 'lab', at: 'toy' },
    playbook: { name: 'toy', title: 'Toy', severity: 'low', sha256: 'toy', source: '' },
    inputs: {},
    callers: [],
    changes: [],
    spared: [],
    refused: [],
    unreached: [],
    warnings: [],
    counts: { listed: 0, touched: 0, limit: 100, share: 1 },
    blast: { dependents: [], active: [] },
    known: {},
    calls: { reads: 0, writes: 0, seconds: 0 },
    ...more,
  }
}

export const ACTOR = { user: 'mara', host: 'desk', pid: 1 }

export function started(plan: Plan, more: Partial<Extract<Body, { type: 'run.started' }>> = {}): Body {
  return { type: 'run.started', tool: 'test', actor: ACTOR, reason: 'test', due: at(60), plan, ...more }
}
