import type { Entry } from '../../src/model/entry.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Plan, PlannedChange } from '../../src/model/plan.ts'
import { COLOURLESS, type Page } from '../../src/ui/page.ts'

export const NOW = '2026-03-01T14:02:11.000Z'

export const page = (columns = 80, all = false): Page => ({ columns, all, paint: COLOURLESS, now: NOW })

export function identity(name: string, kind = 'role', facts: Identity['facts'] = {}): Identity {
  return {
    id: `aws:111122223333:${kind}/${name}`,
    uid: `AROA${name}`,
    cloud: 'aws',
    account: '111122223333',
    kind,
    name,
    facts,
  }
}

export function change(of: Identity, verb: PlannedChange['verb'] = 'quarantine'): PlannedChange {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] }
  return {
    key: `${of.id} aws.${of.kind}.${verb}`,
    identity: of,
    interruption: `aws.${of.kind}.${verb}`,
    verb,
    params: {},
    step: 'stop',
    at: NOW,
    differences: [{ entry: 'inline/interdict-7f3k', from: undefined, to: JSON.stringify(policy) }],
    leaves:
      'calls that the role’s resources allow to anybody, and what a presigned URL still lets through until it ends',
    reversal: { kind: 'exact' },
    horizon: 43_200,
  }
}

export function plan(changes: PlannedChange[], more: Partial<Plan> = {}): Plan {
  return {
    version: 2,
    run: '7f3k',
    at: NOW,
    target: { kind: 'live', at: '' },
    playbook: {
      name: 'third-party-stop',
      title: 'Stop a vendor',
      severity: 'high',
      sha256: '0'.repeat(64),
      source: 'version: 1',
    },
    inputs: {},
    callers: [
      {
        cloud: 'aws',
        account: '111122223333',
        alias: 'acme-prod',
        name: 'arn:aws:sts::111122223333:assumed-role/incident-responder/mara',
      },
    ],
    changes,
    spared: [],
    refused: [],
    unreached: [],
    warnings: [],
    counts: { listed: 41, touched: changes.length, limit: 25, share: 0.2 },
    blast: { dependents: [], active: [] },
    known: {},
    calls: { reads: 9, writes: 6, seconds: 3 },
    ...more,
  }
}

type Written = { type: Entry['type'] } & Record<string, unknown>

/** Entries with an envelope; nobody checks their seals here. */
export function entries(bodies: readonly Written[]): Entry[] {
  return bodies.map(
    (body, seq) =>
      ({ v: 2, run: '7f3k', seq, at: NOW, prev: '', hash: `${seq}`, sig: '', ...body }) as unknown as Entry,
  )
}

export function started(of: Plan): Written {
  return {
    type: 'run.started',
    tool: 'interdict 0.1.0',
    actor: { user: 'mara', host: 'desk', pid: 1 },
    reason: 'vendor breach',
    ticket: 'IR-2291',
    due: '2026-03-01T18:02:11.000Z',
    plan: of,
  }
}

export const HOSTILE = 'evil\u001b[2J\u001b]0;owned\u0007\u202egnp\u200b\r\nrole fake'
