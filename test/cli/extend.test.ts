import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

const LONG = 300_000
const HOUR_MS = 3_600_000

let program: Program
beforeAll(async () => {
  program = await programInLab()
}, LONG)
afterAll(() => program.close())

const extend = (run: string, by: string) =>
  program.json('extend', run, '--by', by, '--reason', 'no answer yet')

it(
  'extend puts the review of an open run off, in the journal, and asks no cloud',
  async () => {
    const contained = await program.json(
      ...[
        'contain',
        'leaked-access-key',
        '--input',
        'key=AKIAIOSFODNN7EXAMPLE',
        '--lab',
        '--yes',
        '--reason',
        'x',
      ],
    )
    const { run } = contained.data
    const { data: before } = await program.json('status', run)
    const extended = await extend(run, '4h')
    expect(extended.exit).toBe(0)
    expect(Date.parse(extended.data.due) - Date.parse(before.due)).toBe(4 * HOUR_MS)
    expect((await program.json('status', run)).data).toMatchObject({ due: extended.data.due, open: true })
    expect((await program.run('verify', run, '--lab')).exit).toBe(0)

    const far = await extend(run, '90d')
    expect(far).toMatchObject({ exit: 2, data: { error: { code: 'usage', where: '--by' } } })
    expect(await program.run('extend', run, '--by', '4h')).toMatchObject({ exit: 2 })

    await program.run('restore', run, '--lab', '--yes', '--accept-live-tokens', '--reason', 'x')
    expect(await extend(run, '4h')).toMatchObject({ exit: 3, data: { error: { code: 'refused' } } })
  },
  LONG,
)
