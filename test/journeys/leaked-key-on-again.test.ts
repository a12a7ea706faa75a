import { IAMClient, UpdateAccessKeyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../../src/lab/index.ts'
import { type Program, programInLab } from '../commands/program.ts'

const LONG = 300_000
const KEY = 'AKIAIOSFODNN7EXAMPLE'

let interdict: Program & { lab: Lab }
beforeAll(async () => {
  interdict = await programInLab()
}, LONG)
afterAll(() => interdict.close())

/** Somebody with rights of an administrator switches the key on again. */
async function switchOn(): Promise<void> {
  const credentials = interdict.lab.responders['aws'] as unknown as {
    accessKeyId: string
    secretAccessKey: string
    sessionToken: string
  }
  const iam = new IAMClient({ region: 'eu-west-1', endpoint: interdict.lab.endpoint, credentials })
  try {
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'ci-deploy', AccessKeyId: KEY, Status: 'Active' }))
  } finally {
    iam.destroy()
  }
}

const restore = (run: string, ...flags: string[]) =>
  interdict.run('restore', run, '--lab', '--yes', '--accept-live-tokens', '--reason', 'reviewed', ...flags)

it(
  'a leaked key that somebody switched on again is not taken for restored: it stays held until it is given back',
  async () => {
    const contained = await interdict.json(
      ...['contain', 'leaked-access-key', '--input', `key=${KEY}`, '--lab', '--yes', '--reason', 'leaked'],
    )
    const { run } = contained.data
    await switchOn()
    const shown = await interdict.run('restore', run, '--lab', '--dry-run')
    expect(shown.exit).toBe(6)
    expect(shown.stdout).toContain(
      'drift: somebody set it back to the value of before; left alone, still held',
    )
    expect((await restore(run)).exit).toBe(6)
    const into = `file:${interdict.folder}/new.json`
    const rotated = await interdict.run(
      'rotate',
      run,
      '--only',
      KEY,
      '--into',
      into,
      '--lab',
      '--yes',
      '--reason',
      'x',
    )
    expect(rotated.exit).toBe(3)
    expect(rotated.stderr).toContain(`${KEY} is on again: somebody switched it on`)
    const held = async () =>
      (await interdict.json('status', run)).data.changes.find(({ key }: { key: string }) => key.includes(KEY))
        .held
    expect(await held()).toHaveLength(1)
    expect((await restore(run, '--give-back', KEY)).exit).toBe(0)
    expect(await held()).toEqual([])
  },
  LONG,
)
