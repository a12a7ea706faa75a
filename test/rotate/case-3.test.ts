import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { Actor } from '../../src/lab/actors/actor.ts'
import { Cloud } from '../../src/lab/actors/aws-credentials.ts'
import { startActors } from '../../src/lab/actors/index.ts'
import { type Keys, seededKeys } from './aws-people.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

const OLD = seededKeys('ci-deploy')

test('an API key is blocked, rotated, and access restored with the new key only', async () => {
  const scene = await Scene.open(['aws'], 200)
  const file = join(scene.folder, 'pipeline-key.json')
  const cloud = await Cloud.open(scene.lab.endpoint)
  // A workload of the house takes its key from where it is kept, each time.
  const keys = async (): Promise<Keys> => {
    if (!existsSync(file)) return OLD
    const kept = JSON.parse(await readFile(file, 'utf8')) as { AccessKeyId: string; SecretAccessKey: string }
    return { accessKeyId: kept.AccessKeyId, secretAccessKey: kept.SecretAccessKey }
  }
  const pipeline = new Actor('pipeline', [
    {
      name: 'work',
      rate: 20,
      attempt: async () => await cloud.reader(await keys(), 1)('ci/registry/token'),
    },
  ])
  const scenario = { thieves: ['leaked-ci-key'], honest: ['payments-api', 'billing-export'], collateral: [] }
  const actors = await startActors({ endpoint: scene.lab.endpoint, clouds: ['aws'], scenario })
  try {
    pipeline.start()
    await actors.waitForAccepted('leaked-ci-key', 5)
    await pipeline.wait(3, ({ accepted }) => accepted)

    const run = await scene.contain('leaked-access-key', '--input', `key=${OLD.accessKeyId}`)
    await actors.waitForCalls('leaked-ci-key', 12)
    await pipeline.wait(3, ({ accepted }) => !accepted)
    const proven = performance.now()

    const done = await scene.interdict([
      'restore',
      run,
      '--rotate',
      '--into',
      `file:${file}`,
      '--delete-first',
      '--step-down',
      '--lab',
      '--yes',
      '--json',
      '--reason',
      'key rotated',
    ])
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    await pipeline.wait(10, ({ accepted }) => accepted)
    await actors.waitForCalls('leaked-ci-key', 40)

    const [thief, ...honest] = actors.report(proven)
    expect(thief).toMatchObject({ actor: 'leaked-ci-key', accepted: 0 })
    expect(thief?.calls).toBeGreaterThan(30)
    expect(honest.map(({ actor, refused }) => ({ actor, refused }))).toEqual([
      { actor: 'payments-api', refused: 0 },
      { actor: 'billing-export', refused: 0 },
    ])
  } finally {
    await Promise.all([pipeline.stop(), actors.stop()])
    cloud.close()
    await scene.close()
  }
})
