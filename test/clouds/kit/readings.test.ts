import { describe, expect, test } from 'vitest'
import { Readings } from '../../../src/clouds/kit/http/readings.ts'
import { RecentlyUsed } from '../../../src/clouds/kit/http/recently-used.ts'
import { asking, askingAnew, moment } from '../../../src/model/purpose.ts'

/** A cloud that counts the questions, and answers each with its number. */
function cloud() {
  let asked = 0
  return {
    ask: async () => {
      asked += 1
      return asked
    },
    get asked() {
      return asked
    },
  }
}

describe('answers of a cloud', () => {
  test('are not shared by those who do not say how fresh they have to be', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    expect(await readings.read('keys of ci', 'ci', ask)).toBe(1)
    expect(await readings.read('keys of ci', 'ci', ask)).toBe(2)
  })

  test('are shared within a stage, also while the question is under way', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    await asking({ purpose: 'plan', since: moment() }, async () => {
      const both = [readings.read('keys of ci', 'ci', ask), readings.read('keys of ci', 'ci', ask)]
      expect(await Promise.all(both)).toEqual([1, 1])
      expect(await readings.read('keys of ci', 'ci', ask)).toBe(1)
      expect(await readings.read('keys of etl', 'etl', ask)).toBe(2)
    })
  })

  test('from before a stage are not taken in it', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    const read = () => readings.read('keys of ci', 'ci', ask)
    await asking({ purpose: 'plan', since: moment() }, read)
    expect(await asking({ purpose: 'snapshot', since: moment() }, read)).toBe(2)
  })

  test('asked for anew are newer than the first of the same task', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    const read = () => readings.read('keys of ci', 'ci', ask)
    await asking({ purpose: 'verify', since: moment() }, async () => {
      expect(await read()).toBe(1)
      expect(await askingAnew(read)).toBe(2)
      expect(await read()).toBe(2)
    })
  })

  test('end with a write to what they are about, and with one that may be to anything', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    const read = (of: string | undefined) => readings.read(`about ${of}`, of, ask)
    await asking({ purpose: 'snapshot', since: moment() }, async () => {
      expect([await read('ci'), await read('etl'), await read(undefined)]).toEqual([1, 2, 3])
      readings.wrote('ci')
      expect([await read('ci'), await read('etl'), await read(undefined)]).toEqual([4, 2, 5])
      readings.wrote(undefined)
      expect([await read('ci'), await read('etl'), await read(undefined)]).toEqual([6, 7, 8])
    })
  })

  test('that were asked for during a write are not taken after it', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    const read = () => readings.read('keys of ci', 'ci', ask)
    await asking({ purpose: 'snapshot', since: moment() }, async () => {
      const during = read()
      readings.wrote('ci')
      expect([await during, await read()]).toEqual([1, 2])
    })
  })

  test('that fail fail for all who wait, and are asked for again by the next', async () => {
    let asked = 0
    const ask = async () => {
      asked += 1
      if (asked === 1) throw new Error('throttled')
      return asked
    }
    const readings = new Readings()
    const read = () => readings.read('keys of ci', 'ci', ask)
    await asking({ purpose: 'sweep', since: moment() }, async () => {
      const both = await Promise.allSettled([read(), read()])
      expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(await read()).toBe(2)
    })
  })

  test('do not pile up: of many questions the oldest are asked again', async () => {
    const { ask } = cloud()
    const readings = new Readings()
    await asking({ purpose: 'plan', since: moment() }, async () => {
      for (let at = 0; at <= 2_000; at++) await readings.read(`keys of ${at}`, String(at), ask)
      expect(await readings.read('keys of 2000', '2000', ask)).toBe(2_001)
      expect(await readings.read('keys of 0', '0', ask)).toBe(2_002)
    })
  })

  test('are kept of the accounts that asked last, and those of the others are asked for again', async () => {
    const { ask } = cloud()
    const kept = new RecentlyUsed(2)
    const [one, two, three] = [new Readings(kept), new Readings(kept), new Readings(kept)]
    await asking({ purpose: 'plan', since: moment() }, async () => {
      const read = async (readings: Readings) => await readings.read('keys of ci', 'ci', ask)
      expect([await read(one), await read(two), await read(one)]).toEqual([1, 2, 1])
      expect([await read(three), await read(one)]).toEqual([3, 1])
      expect([await read(two), await read(one), await read(three)]).toEqual([4, 1, 5])
    })
    expect(kept.size).toBe(2)
  })
})
