import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyOf } from '../../src/lab/aws/seed/ids.ts'
import { LEAKED_KEY } from '../../src/lab/aws/seed/index.ts'
import { openAws, writes } from '../contract/aws-range.ts'
import { Desk, expectRefusal } from './program.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(async () => {
  await desk.close()
})

const PLAYBOOKS: [string, string[]][] = [
  ['leaked-access-key', ['--input', `key=${LEAKED_KEY}`]],
  ['third-party-stop', ['--input', 'vendor_accounts=998877665544']],
]

describe('what only looks makes no write call', () => {
  it.each(PLAYBOOKS)('plan and contain --dry-run of %s', async (playbook, inputs) => {
    const seed = desk.range.snapshot()
    desk.range.operations()
    for (const command of [
      ['plan', playbook, ...inputs],
      ['plan', playbook, ...inputs, '--json', '--out', `${playbook}.json`],
      ['contain', playbook, ...inputs, '--dry-run'],
      ['contain', `${playbook}.json`, '--dry-run'],
    ]) {
      const ended = await desk.interdict(command)
      expect(ended.code, ended.stderr).toBe(0)
    }
    expect(desk.range.operations()).toContain('iam:GetAccountAuthorizationDetails')
    expect(desk.written()).toEqual([])
    expect(desk.range.snapshot()).toEqual(seed)
    await expect(readdir(join(desk.state, 'runs'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('restore --dry-run', () => {
  let run: string
  beforeAll(async () => {
    run = await desk.contained('leaked-access-key', '--input', `key=${LEAKED_KEY}`)
    desk.written()
  })

  it.each([
    [[]],
    [['--step-down']],
    [['--drift', 'force']],
    [['--json']],
    [['--accept-live-tokens', '--reason', 'x']],
  ])('%j writes to neither the cloud nor the journal', async flags => {
    const contained = desk.range.snapshot()
    const journal = await readFile(desk.journal(run))
    const ended = await desk.interdict(['restore', run, '--dry-run', ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    expect(desk.written()).toEqual([])
    expect(desk.range.snapshot()).toEqual(contained)
    expect(await readFile(desk.journal(run))).toEqual(journal)
  })
})

describe('the wrong target', () => {
  const FORCEFUL = ['--yes', '--accept-live-tokens', '--reason', 'test']

  it('a run of the lab is not restored in the cloud, nor gone on with', async () => {
    const lab = await Desk.open()
    try {
      const run = await lab.contained('leaked-access-key', '--lab')
      lab.written()
      for (const command of [['restore', ...FORCEFUL], ['restore', '--dry-run'], ['resume'], ['verify']]) {
        expectRefusal(await lab.interdict([...command, run]), 5, /was made against the lab.* add --lab/s)
      }
      expect(lab.range.operations()).toEqual([])
    } finally {
      await lab.close()
    }
  })

  it('a run of the cloud is restored neither in the lab nor at another endpoint', async () => {
    const run = await desk.contained('leaked-access-key', '--input', `key=${keyOf('metrics-push')}`)
    const contained = desk.range.snapshot()
    desk.written()
    expectRefusal(await desk.interdict(['restore', run, '--lab', ...FORCEFUL]), 5, /leave out --lab/)
    const elsewhere = await openAws()
    try {
      elsewhere.operations()
      const ended = await desk.interdict(['restore', run, ...FORCEFUL], {
        AWS_ENDPOINT_URL: elsewhere.lab.endpoint,
      })
      expectRefusal(ended, 5, /endpoint that the run was made against/)
      expect(writes(elsewhere.operations())).toEqual([])
    } finally {
      await elsewhere.close()
    }
    expect(desk.written()).toEqual([])
    expect(desk.range.snapshot()).toEqual(contained)
  })
})
