import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../property/runs.ts'
import { Town } from './town.ts'
import { playbook, ToyCloud } from './toy-cloud.ts'

describe('several runs', () => {
  it('give the original back in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.subarray(['disable', 'quarantine', 'detach'], { minLength: 1 }), {
          minLength: 2,
          maxLength: 4,
        }),
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        async (asked, order, room) => {
          const local = await Town.open()
          try {
            const cloud = new ToyCloud()
            cloud.room = room
            cloud.add('front', { open: true, 'key/1': 'x', 'key/2': 'y' })
            cloud.add('back', { open: false, 'key/3': 'z' })
            const seed = cloud.snapshot()
            const waiting = asked.map((verbs, index) => ({ run: `run${index}`, verbs }))
            const open: string[] = []
            for (let turn = 0; waiting.length + open.length > 0; turn++) {
              const pick = order[turn % order.length] ?? 0
              const next = waiting[0]
              if (next && (open.length === 0 || pick % 2 === 0)) {
                await local.contain(cloud.world(), next.run, playbook(next.verbs))
                waiting.shift()
                open.push(next.run)
              } else {
                const [run] = open.splice(pick % open.length, 1)
                if (run) await local.restore(cloud.world(), run)
              }
            }
            expect(cloud.snapshot()).toEqual(seed)
          } finally {
            await local.close()
          }
        },
      ),
      { numRuns: runs(60) },
    )
  })
})
