import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyOf } from '../../src/lab/aws/seed/ids.ts'
import { Desk, expectRefusal } from './program.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(async () => {
  await desk.close()
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
      expect(lab.operations()).toEqual([])
    } finally {
      await lab.close()
    }
  })

  it('a run of the cloud is restored neither in the lab nor at another endpoint', async () => {
    const run = await desk.contained('leaked-access-key', '--input', `key=${keyOf('metrics-push')}`)
    const contained = desk.snapshot()
    desk.written()
    expectRefusal(await desk.interdict(['restore', run, '--lab', ...FORCEFUL]), 5, /leave out --lab/)
    const elsewhere = await Desk.open()
    try {
      elsewhere.written()
      const ended = await desk.interdict(['restore', run, ...FORCEFUL], {
        AWS_ENDPOINT_URL: elsewhere.lab.endpoint,
      })
      expectRefusal(ended, 5, /endpoint that the run was made against/)
      expect(elsewhere.written()).toEqual([])
    } finally {
      await elsewhere.close()
    }
    expect(desk.written()).toEqual([])
    expect(desk.snapshot()).toEqual(contained)
  })
})
