import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FiringLog } from '../../src/guard/firing-log.ts'
import type { Firing } from '../../src/model/firing.ts'
import { MemoryLog } from './memory-log.ts'
import { folder, sealedFolder } from './scripted.ts'

const AT = '2026-11-23T12:00:00.000Z'

function firing(n: number): Firing {
  return {
    ...{ id: `f${n}`, playbook: 'p', trigger: 't', mode: 'propose', group: { n: String(n) } },
    ...{ events: [`e${n}`], count: 1, time: AT, why: 'why', inputs: {}, cloud: 'aws' },
    identity: { name: `r${n}` },
  }
}

const causeOf = ({ id, events }: Firing) => ({
  key: id,
  trigger: 't',
  events,
  count: 1,
  why: 'why',
  signals: [],
})

/** From the firing to the notification, of a proposal or of a containment. */
async function proposed(log: FiringLog, n: number): Promise<void> {
  const fired = firing(n)
  const { id } = fired
  await log.fired(AT, fired, causeOf(fired), 'source')
  await log.reacting(AT, id, `run${n}`, false)
  const note = {
    event: 'proposed' as const,
    id,
    playbook: 'p',
    trigger: 't',
    why: 'why',
    identity: 'r',
    time: AT,
  }
  await log.settled(AT, id, note)
  await log.notified(id)
}

it('a log of proposals keeps the newest five thousand, however many there were', async () => {
  const disk = new MemoryLog()
  const log = await FiringLog.open(disk.folder())
  for (let n = 0; n < 16_000; n++) await proposed(log, n)
  expect(disk.lines.length).toBeLessThan(31_000)
  expect(log.find(firing(0))).toBeUndefined()
  for (const n of [11_000, 15_999]) expect(log.find(firing(n))).toMatchObject({ fired: { id: `f${n}` } })
})

it('a log that is written anew is signed at its end alone, and believed', async () => {
  const where = await folder()
  const first = await FiringLog.open(await sealedFolder(where))
  for (let n = 0; n < 3; n++) await proposed(first, n)
  await first.close()
  const second = await FiringLog.open(await sealedFolder(where))
  await proposed(second, 3)
  await second.close()
  const lines = (await readFile(join(where, 'firings.jsonl'), 'utf8')).trimEnd().split('\n')
  expect(lines.map(line => /,"(sig|mac)":"[^"]+"\}$/.exec(line)?.[1])).toEqual([
    ...Array.from({ length: 11 }, () => 'mac'),
    ...Array.from({ length: 5 }, () => 'sig'),
  ])
  const third = await FiringLog.open(await sealedFolder(where))
  for (let n = 0; n < 4; n++) expect(third.find(firing(n))).toMatchObject({ run: `run${n}`, notified: true })
  await third.close()
})
