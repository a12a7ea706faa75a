import { expect, test } from 'vitest'
import { Gathering } from '../../../src/clouds/kit/session/gathering.ts'
import { type Asking, asking, currentAsking, moment } from '../../../src/model/purpose.ts'

/** A piece of work that says what it was for, and waits until it is let go. */
function gathering() {
  const asked: Asking[] = []
  const waiting: (() => void)[] = []
  const work = new Gathering<string, string>(async (_, items) => {
    asked.push(currentAsking())
    await new Promise<void>(resolve => waiting.push(resolve))
    return items.map(value => ({ status: 'fulfilled', value }))
  })
  const letGo = async () => {
    while (waiting.length === 0) await new Promise(resolve => setImmediate(resolve))
    waiting.shift()?.()
  }
  return { work, asked, letGo }
}

test('work for several askers is as fresh as the one who needs the freshest, and goes first if one of them does', async () => {
  const { work, asked, letGo } = gathering()
  const [early, late] = [moment(), moment()]
  const all = [
    asking({ purpose: 'plan', since: early }, () => work.add('policy', 'a')),
    asking({ purpose: 'snapshot', since: late }, () => work.add('policy', 'b')),
  ]
  await letGo()
  expect(await Promise.all(all)).toEqual(['a', 'b'])
  expect(asked).toEqual([{ purpose: 'snapshot', since: late }])
})

test('work that waits for other work is for its own askers, not for those before', async () => {
  const { work, asked, letGo } = gathering()
  const first = asking({ purpose: 'plan', since: moment() }, () => work.add('policy', 'a'))
  while (asked.length === 0) await new Promise(resolve => setImmediate(resolve))
  const since = moment()
  const second = asking({ purpose: 'verify', since }, () => work.add('policy', 'b'))
  await letGo()
  expect(await first).toBe('a')
  await letGo()
  expect(await second).toBe('b')
  expect(asked[1]).toEqual({ purpose: 'verify', since })
})

test('work is asked for anew if one asker shares no answers', async () => {
  const { work, asked, letGo } = gathering()
  const all = [
    asking({ purpose: 'plan', since: moment() }, () => work.add('policy', 'a')),
    asking({ purpose: 'write' }, () => work.add('policy', 'b')),
  ]
  await letGo()
  await Promise.all(all)
  expect(asked).toEqual([{ purpose: 'write' }])
})
