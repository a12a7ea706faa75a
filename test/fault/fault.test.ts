import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Incident } from './incident.ts'

let incident: Incident
beforeEach(async () => {
  incident = await Incident.open()
})
afterEach(async () => {
  await incident.close()
})

describe('no faults', () => {
  it('contains and restores', async () => {
    const state = await incident.contain()
    console.log([...state.changes.values()].map(c => [c.key, c.phase, c.set, c.denied, c.fault]))
    console.log(JSON.stringify(incident.lab.calls))
    expect(state.finished).toBe('complete')
    expect(incident.contained()).toBe(true)
    const restored = await incident.restore()
    expect(restored.restore?.finished).toBe('complete')
    expect(incident.lab.snapshot()).toEqual(incident.seed)
  })
})
