import { afterAll, expect, it } from 'vitest'
import { isContained } from '../fault/incident.ts'
import { eachPoint, pointsOf, Scene } from './scene.ts'

const scenes = new Set<Scene>()
afterAll(async () => {
  for (const scene of scenes) await scene.close()
})

async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await Scene.open()
  scenes.add(scene)
  try {
    await work(scene)
  } finally {
    scenes.delete(scene)
    await scene.close()
  }
}

it('contain, killed at any point: nothing is lost, resume finishes it, restore puts all back', async () => {
  let points: string[] = []
  await inScene(async scene => {
    points = pointsOf(await scene.count(strike => scene.contain(strike)))
  })
  expect(points.length).toBeGreaterThan(60)
  let unbegun = 0
  const wrong = await eachPoint(points, point =>
    inScene(async scene => {
      const killed = await scene.contain({ crash: point })
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL')
      expect(await scene.unowed()).toEqual([])
      const begun = await scene.run()
      if (!begun) {
        unbegun++
        expect(scene.lab.snapshot(), 'changed before the run was on disk').toEqual(scene.seed)
        return
      }
      const resumed = await scene.resume(begun.run)
      expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0, signal: null })
      expect((await scene.run())?.finished).toBe('complete')
      expect(isContained(scene.lab.estate()), 'contained').toBe(true)
      await putBack(scene, begun.run)
    }),
  )
  expect(wrong).toEqual([])
  expect(unbegun).toBeGreaterThan(0)
})

it('restore, killed at any point: all is put back in the end', async () => {
  let points: string[] = []
  await inScene(async scene => {
    const run = await contained(scene)
    points = pointsOf(await scene.count(strike => scene.restore(run, strike)))
  })
  expect(points.length).toBeGreaterThan(60)
  const wrong = await eachPoint(points, point =>
    inScene(async scene => {
      const run = await contained(scene)
      const killed = await scene.restore(run, { crash: point })
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL')
      expect(await scene.unowed()).toEqual([])
      const restoring = (await scene.run())?.restore !== undefined
      const again = restoring ? await scene.resume(run) : await scene.restore(run)
      expect(again, again.stdout + again.stderr).toMatchObject({ code: 0, signal: null })
      expect((await scene.run())?.restore?.finished).toBe('complete')
      expect(scene.lab.snapshot()).toEqual(scene.seed)
    }),
  )
  expect(wrong).toEqual([])
})

it('a full disk ends the run before the next change, and resume finishes it', async () => {
  const kib = Array.from({ length: 12 }, (_, index) => 6 + 2 * index)
  const wrong = await eachPoint(kib, fileKiB =>
    inScene(async scene => {
      const stopped = await scene.contain({ fileKiB })
      if (stopped.code === 0) return
      expect(stopped.code, stopped.stdout + stopped.stderr).toBe(5)
      expect(await scene.unowed()).toEqual([])
      const begun = await scene.run()
      if (!begun) {
        expect(scene.lab.snapshot()).toEqual(scene.seed)
        return
      }
      const resumed = await scene.resume(begun.run)
      expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 })
      expect(isContained(scene.lab.estate())).toBe(true)
      await putBack(scene, begun.run)
    }),
  )
  expect(wrong).toEqual([])
})

async function contained(scene: Scene): Promise<string> {
  const { code, stdout, stderr } = await scene.contain()
  expect(code, stdout + stderr).toBe(0)
  return (await scene.run())?.run ?? ''
}

async function putBack(scene: Scene, run: string): Promise<void> {
  const restored = await scene.restore(run)
  expect(restored, restored.stdout + restored.stderr).toMatchObject({ code: 0 })
  expect(scene.lab.snapshot()).toEqual(scene.seed)
}
