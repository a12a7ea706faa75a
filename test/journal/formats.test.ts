import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Body } from '../../src/model/entry.ts'
import { canonical } from '../../src/model/json.ts'
import type { PlannedChange } from '../../src/model/plan.ts'
import { Seal } from '../../src/store/seal.ts'
import { sealLine } from '../../src/store/sealed-line.ts'
import { now, type Place, place, plan } from './fixture.ts'

const RUN = 'abc123'

let at: Place
beforeEach(async () => {
  at = await place()
})
afterEach(() => at.remove())

const identity = {
  id: 'aws:111122223333:access-key/AKIA1',
  uid: 'AKIA1',
  cloud: 'aws',
  account: '111122223333',
  kind: 'access-key',
  name: 'AKIA1',
  facts: { user: 'ci' },
}

const change: PlannedChange = {
  key: `${identity.id} aws.access-key.disable`,
  identity,
  interruption: 'aws.access-key.disable',
  verb: 'disable',
  params: {},
  step: 'stop',
  at: now(),
  differences: [{ entry: 'status', from: 'Active', to: 'Inactive' }],
  leaves: '',
  reversal: { kind: 'exact' },
  horizon: 0,
}

/** Writes a journal as a version wrote it that knew this format. */
async function written(v: number): Promise<void> {
  const bodies: Body[] = [
    {
      type: 'run.started',
      tool: 'interdict 0.1.0',
      actor: { user: 'mara', host: 'desk', pid: 1 },
      reason: 'test',
      due: now(),
      plan: { ...plan(RUN), version: 1, changes: [change] },
    },
    {
      type: 'change.intended',
      key: change.key,
      uid: identity.uid,
      before: { status: 'Active' },
      after: { status: 'Inactive' },
      joined: [],
    },
  ]
  const sign = await new Seal(at.config).signer()
  const lines: Buffer[] = []
  let prev = '0'.repeat(64)
  for (const [seq, body] of bodies.entries()) {
    const { text, line } = sealLine(canonical({ ...body, v, run: RUN, seq, at: now(), prev }), sign)
    prev = (JSON.parse(text) as { hash: string }).hash
    lines.push(line)
  }
  await mkdir(join(at.state, 'runs'), { recursive: true })
  await writeFile(at.file(RUN), Buffer.concat(lines))
}

it('a journal of format 1 is checked as it was written, and read in the words of today', async () => {
  await written(1)
  const { state, entries } = await at.store.read(RUN)
  expect(entries.map(({ v }) => v)).toEqual([1, 1])
  const read = state.changes.get(change.key)
  expect(read?.planned.differences).toEqual([{ entry: 'enabled', from: true, to: false }])
  expect(read?.held).toMatchObject([{ entry: 'enabled', before: true, after: false }])
})

it('a journal of a format that is not known is refused, with what to do', async () => {
  await written(3)
  await expect(at.store.read(RUN)).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('newer version'),
    next: expect.stringContaining('update interdict'),
  })
})
