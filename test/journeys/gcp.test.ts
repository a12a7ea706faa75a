import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

const homes: Program[] = []
const home = async () => {
  const made = await programInLab()
  homes.push(made)
  return made
}
afterAll(async () => {
  for (const each of homes) await each.close()
})

const ACCOUNT = 'gcp:acme-prod:service-account/etl-legacy@acme-prod.iam.gserviceaccount.com'

async function contained(interdict: Program) {
  const { data, exit } = await interdict.json(
    'contain',
    'leaked-service-account-key',
    ...['--lab', '--yes', '--reason', 'test'],
  )
  expect(exit).toBe(0)
  return data
}

/** The entries of the run's journal. */
function journal(interdict: Program, run: string) {
  const text = readFileSync(join(interdict.folder, 'state', 'runs', `${run}.jsonl`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

/** Whether the account is enabled, in the lab. */
async function enabled(interdict: Program): Promise<boolean> {
  const { data } = await interdict.json('inventory', '--lab', '--where', 'identity.kind == "service-account"')
  return data.identities.find(({ id }: { id: string }) => id === ACCOUNT).facts.enabled
}

test('contain, status, verify, restore of a leaked key: the step by hand is told until the end', async () => {
  const interdict = await home()
  const { run, changes, manual, status } = await contained(interdict)
  expect(status).toBe('complete')
  expect(changes.map((each: { interruption: string }) => each.interruption).sort()).toEqual([
    'gcp.service-account-key.disable',
    'gcp.service-account.disable',
    'gcp.service-account.quarantine',
  ])
  expect(manual).toMatchObject([{ identity: ACCOUNT, text: expect.stringMatching(/client ID \d+/) }])
  expect(await enabled(interdict)).toBe(false)

  const shown = await interdict.json('status', run)
  expect(shown.data).toMatchObject({ open: true, holds: 3, manual })
  expect(await interdict.json('verify', run, '--lab')).toMatchObject({ exit: 0, data: { run, manual } })

  // At once, with the old tokens denied what matters; the second restore moves the lab's clock to the day after.
  const restored = await interdict.json('restore', run, '--lab', '--yes')
  expect(restored).toMatchObject({
    exit: 0,
    data: { status: 'complete', counts: { putBack: 1, steppedDown: 2, keptOff: 1 } },
  })
  expect(await enabled(interdict)).toBe(true)
  const { secondRestoreFrom } = restored.data
  expect((await interdict.json('status', run)).data).toMatchObject({
    open: true,
    status: 'stepped down',
    secondRestoreFrom,
  })
  expect(await interdict.json('restore', run, '--lab', '--yes')).toMatchObject({ exit: 0 })
  const closed = (await interdict.json('status', run)).data
  expect(closed).toMatchObject({ open: false, holds: 1, status: 'restored' })
  expect(closed.changes).toContainEqual(
    expect.objectContaining({ held: [expect.objectContaining({ entry: 'enabled', off: 'kept-off' })] }),
  )
}, 120_000)

test('an account is not enabled while its old tokens live; the time is told, and nothing is changed', async () => {
  const interdict = await home()
  const { run } = await contained(interdict)
  const { sessionsUntil } = (await interdict.json('status', run)).data
  const before = journal(interdict, run)
  const early = await interdict.json('restore', run, '--lab', '--yes', '--keep-clock', '--no-step-down')
  expect(early).toMatchObject({ exit: 3, data: { error: { code: 'horizon' } } })
  expect(early.data.error.next).toContain(`wait until ${sessionsUntil}`)
  expect(early.data.error.where).toContain('etl-legacy@')
  expect(journal(interdict, run)).toEqual(before)
  expect(await enabled(interdict)).toBe(false)
}, 120_000)

test('--step-down enables it and denies what an intruder needs until the old tokens are over', async () => {
  const interdict = await home()
  const { run } = await contained(interdict)
  const down = await interdict.json('restore', run, '--lab', '--yes', '--keep-clock', '--step-down')
  expect(down).toMatchObject({ exit: 0, data: { status: 'complete' } })
  expect(await enabled(interdict)).toBe(true)

  const intended = journal(interdict, run).filter(({ type, key }) => {
    return type === 'restore.intended' && key === `${ACCOUNT} gcp.service-account.disable`
  })
  expect(journal(interdict, run)).toContainEqual(
    expect.objectContaining({
      type: 'restore.started',
      options: expect.objectContaining({ stepDown: true }),
    }),
  )
  expect(intended).toMatchObject([
    {
      until: expect.stringMatching(/^\d{4}-/),
      entries: [
        { entry: 'enabled', decision: 'put-back' },
        { entry: `deny/projects/acme-prod/interdict-${run}-tokens`, decision: 'step-down' },
      ],
    },
  ])
  const { data } = await interdict.json('status', run)
  const untils = journal(interdict, run).flatMap(({ until }) => until ?? [])
  expect(data).toMatchObject({ open: true, holds: 3, restoreFrom: untils.sort().at(-1) })

  // Not before its time, and then without a trace.
  const early = ['restore', run, '--lab', '--yes', '--keep-clock']
  const refused = await interdict.json(...early, '--no-step-down')
  expect(refused).toMatchObject({ exit: 3, data: { error: { code: 'horizon' } } })
  const entries = journal(interdict, run).length
  expect(await interdict.json(...early)).toMatchObject({ exit: 0, data: { status: 'complete' } })
  expect(journal(interdict, run)).toHaveLength(entries)
  expect(await interdict.json('restore', run, '--lab', '--yes')).toMatchObject({ exit: 0 })
  expect((await interdict.json('status', run)).data).toMatchObject({ open: false, holds: 1 })
}, 120_000)

test('--accept-live-tokens wants a reason, which the journal keeps', async () => {
  const interdict = await home()
  const { run } = await contained(interdict)
  const now = ['restore', run, '--lab', '--yes', '--keep-clock', '--accept-live-tokens']
  expect(await interdict.json(...now)).toMatchObject({ exit: 2, data: { error: { code: 'usage' } } })
  expect(await enabled(interdict)).toBe(false)
  const restored = await interdict.json(...now, '--reason', 'the key was never used')
  expect(restored).toMatchObject({ exit: 0, data: { status: 'complete' } })
  expect(await enabled(interdict)).toBe(true)
  expect(journal(interdict, run)).toContainEqual(
    expect.objectContaining({
      type: 'restore.started',
      reason: 'the key was never used',
      options: expect.objectContaining({ acceptLiveTokens: true }),
    }),
  )
  expect((await interdict.json('status', run)).data).toMatchObject({ open: false, holds: 1 })
}, 120_000)
