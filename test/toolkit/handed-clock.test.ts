import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { within } from '../../src/drill/case-watch.ts'
import { openStore } from '../../src/journal/store.ts'
import { Fault } from '../../src/model/fault.ts'
import { REAL } from '../../src/model/timing.ts'
import { direct } from '../../src/toolkit/host.ts'
import { lock } from '../../src/toolkit/open-run.ts'
import { skippingTime } from '../skipping-time.ts'

const HOUR = 3_600_000

it('a command waits for the state folder by the clock that its host hands in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interdict-clock-'))
  const folders = { state: join(folder, 'state'), config: join(folder, 'config') }
  const other = await openStore(folders).lock('restore', { timing: REAL })
  const timing = skippingTime()
  const begun = timing.now()
  const waiting = lock(openStore(folders), { warn: () => undefined, during: direct, timing }, 'contain', {
    wait: 20,
  })
  await expect(waiting).rejects.toMatchObject({ code: 'locked' })
  expect(timing.now() - begun).toBeGreaterThanOrEqual(20_000)
  // A busy machine takes a part of the time itself.
  expect(timing.slept.length).toBeGreaterThan(1)
  await other.release()
})

it('a rehearsal gives up a watch that does not act by the clock that it is handed', async () => {
  const never = new Promise<never>(() => undefined)
  const begun = within(never, HOUR, skippingTime(), undefined)
  await expect(begun).rejects.toMatchObject({ code: 'refused', message: 'no trigger fired within 3600 s' })
})

it('a rehearsal that is stopped while it waits is interrupted', async () => {
  const stop = new AbortController()
  const never = new Promise<never>(() => undefined)
  const begun = within(never, HOUR, REAL, stop.signal)
  stop.abort()
  await expect(begun).rejects.toBeInstanceOf(Fault)
  await expect(begun).rejects.toMatchObject({ code: 'interrupted' })
})
