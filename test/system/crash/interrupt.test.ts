import { afterEach, beforeEach, expect, it } from 'vitest'
import { awsCase } from '../../cases/aws.ts'
import { Scene } from './scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open(awsCase())
})
afterEach(async () => {
  await scene.close()
})

const phases = async () => [...((await scene.run())?.changes.values() ?? [])].map(({ phase }) => phase).sort()

it('Ctrl-C before anything was begun changes nothing', async () => {
  const stopped = await scene.contain({ interrupt: 'http:1:sent' })
  expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130)
  expect(await scene.run()).toBeUndefined()
  expect(scene.inside.snapshot()).toEqual(scene.inside.seed)
})

it('the first Ctrl-C finishes the change in hand, closes the run, and resume completes it', async () => {
  // The second append is the first intention: its change is in hand and not yet sent.
  const stopped = await scene.contain({ interrupt: 'journal:2:after' })
  expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130)
  expect((await scene.run())?.finished).toBe('interrupted')
  expect(await phases()).toEqual(['planned', 'planned', 'planned', 'written'])
  await completed()
})

it('the second Ctrl-C ends the program at once, and resume completes the run', async () => {
  const stopped = await scene.contain({ interrupt: 'journal:2:after,journal:3:torn' })
  expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130)
  expect((await scene.run())?.finished).toBeUndefined()
  await completed()
})

it('Ctrl-C during a restore finishes the change in hand, and resume completes the restore', async () => {
  const run = await contained()
  const stopped = await scene.restore(run, { interrupt: 'journal:2:after' })
  expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130)
  expect((await scene.run())?.restore?.finished).toBe('interrupted')
  expect((await phases()).filter(phase => phase === 'restored')).toHaveLength(1)
  expect((await scene.inside.resume(run)).restore?.finished).toBe('complete')
  expect(scene.inside.snapshot()).toEqual(scene.inside.seed)
})

async function contained(): Promise<string> {
  const state = await scene.inside.contain()
  expect(state.finished).toBe('complete')
  return state.run
}

/** The run is completed and restored in this process: the one that was interrupted has ended, and crash/suite.ts resumes in new ones. */
async function completed(): Promise<void> {
  const run = (await scene.run())?.run ?? ''
  expect(await scene.inside.unowed(run)).toEqual([])
  expect((await scene.inside.resume(run)).finished).toBe('complete')
  expect(scene.inside.contained()).toBe(true)
  expect((await scene.inside.restore({}, run)).restore?.finished).toBe('complete')
  expect(scene.inside.snapshot()).toEqual(scene.inside.seed)
}
