import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '../../src/journal/store.ts'
import type { Body } from '../../src/model/entry.ts'
import type { Plan } from '../../src/model/plan.ts'

export interface Place {
  state: string
  config: string
  store: Store
  file(run: string): string
  remove(): Promise<void>
}

/** A state folder and a configuration of their own, neither made yet. */
export async function place(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'interdict-journal-'))
  const state = join(root, 'state')
  const config = join(root, 'config')
  return {
    state,
    config,
    store: openStore({ state, config }),
    file: run => join(state, 'runs', `${run}.jsonl`),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

export const now = () => '2026-11-23T03:00:00.000Z'

export function plan(run: string): Plan {
  return {
    version: 2,
    run,
    at: now(),
    target: { kind: 'lab', at: 'test' },
    playbook: { name: 'p', title: 'P', severity: 'high', sha256: '0'.repeat(64), source: 'version: 1\n' },
    inputs: {},
    callers: [],
    changes: [],
    spared: [],
    refused: [],
    unreached: [],
    warnings: [],
    counts: { listed: 0, touched: 0, limit: 25, share: 0.2 },
    blast: { dependents: [], active: [] },
    known: {},
    calls: { reads: 0, writes: 0, seconds: 0 },
  }
}

export function started(run: string, reason = 'test'): Body {
  const actor = { user: 'ann', host: 'here', pid: 1 }
  return { type: 'run.started', tool: '0.1.0', actor, reason, due: now(), plan: plan(run) }
}

export const written = (key: string): Body => ({ type: 'change.written', key })

/** A finished journal with `run.started` and some more entries; its bytes. */
export async function record(at: Place, run: string, more = 3): Promise<Buffer> {
  const journal = await at.store.create(run, now)
  await journal.append(started(run))
  for (let i = 0; i < more; i++) await journal.append(written(`k${i} é "\\`))
  await journal.close()
  return await readFile(at.file(run))
}
