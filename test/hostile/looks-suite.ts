import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Case } from '../cases/case.ts'
import { Desk } from './program.ts'

/** Commands that only read change nothing, neither in the cloud nor on this machine. */
export function looksSuite(cloud: string, open: () => Case): void {
  let desk: Desk
  beforeAll(async () => {
    desk = await Desk.open(open())
  })
  afterAll(async () => {
    await desk.close()
  })

  it(`${cloud}: plan and contain --dry-run make no write call`, async () => {
    const seed = desk.snapshot()
    const seen: string[] = []
    for (const command of [
      ['plan', desk.playbook],
      ['plan', desk.playbook, '--json', '--out', 'plan.json'],
      ['contain', desk.playbook, '--dry-run'],
      ['contain', 'plan.json', '--dry-run'],
    ]) {
      const ended = await desk.interdict(command)
      expect(ended.code, ended.stderr).toBe(0)
      seen.push(...desk.operations())
    }
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter(desk.case.operations.isWrite)).toEqual([])
    expect(desk.snapshot()).toEqual(seed)
    await expect(readdir(join(desk.state, 'runs'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  describe(`${cloud}: restore --dry-run`, () => {
    let run: string
    beforeAll(async () => {
      run = await desk.contained(desk.playbook)
      desk.written()
    })

    it.each([
      [[]],
      [['--step-down']],
      [['--drift', 'force']],
      [['--json']],
      [['--accept-live-tokens', '--reason', 'x']],
    ])('%j writes to neither the cloud nor the journal', async flags => {
      const contained = desk.snapshot()
      const journal = await readFile(desk.journal(run))
      const ended = await desk.interdict(['restore', run, '--dry-run', ...flags])
      expect(ended.code, ended.stderr).toBe(0)
      expect(desk.written()).toEqual([])
      expect(desk.snapshot()).toEqual(contained)
      expect(await readFile(desk.journal(run))).toEqual(journal)
    })
  })
}
