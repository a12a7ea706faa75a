import { expect, it } from 'vitest'
import { type Settings, type Target, writeSettings } from '../../src/engine/write-settings.ts'
import { differences, entryOf, type Facet, withEntries } from '../../src/model/facet.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'

/** A cloud that writes setting by setting and stops at the first that it refuses. */
class Cloud {
  live: Facet = {}
  /** Calls of `write`, each with the settings that it was asked for. */
  readonly asked: string[][] = []
  refused: { [entry: string]: FaultCode } = {}
  /** Carried out, and answered with a fault all the same. */
  lies = false

  target(): Target {
    const cloud = this
    const interruption = {
      async read() {
        return { uid: 'x', facet: cloud.live }
      },
      async write(_: unknown, from: Facet, to: Facet) {
        const open = differences(from, to)
        cloud.asked.push(open.map(({ entry }) => entry))
        for (const { entry, to: value } of open) {
          const code = cloud.refused[entry]
          if (code !== undefined) throw new Fault(code, `no ${entry}`)
          cloud.live = withEntries(cloud.live, [[entry, value]])
        }
        if (cloud.lies) throw new Fault('unavailable', '503')
      },
    } as unknown as Interruption
    return { interruption, client: undefined, context: {} as Target['context'] }
  }

  write(to: Facet, more: Partial<Settings> = {}) {
    const from = this.live
    const entries = Object.keys(to).map(entry => ({ entry, to: entryOf(to, entry) }))
    return writeSettings(this.target(), { from, to: withEntries(from, Object.entries(to)), entries, ...more })
  }
}

const ALL = Object.fromEntries('abcdefgh'.split('').map(entry => [entry, true]))

it('begins before it returns, so that providers can merge calls', () => {
  const cloud = new Cloud()
  void cloud.write(ALL)
  expect(cloud.asked).toHaveLength(1)
})

it('makes one call when nothing is refused', async () => {
  const cloud = new Cloud()
  expect(await cloud.write(ALL)).toEqual([])
  expect(cloud.asked).toEqual([Object.keys(ALL)])
  expect(cloud.live).toEqual(ALL)
})

it.each([['a'], ['d'], ['h'], ['a', 'b'], ['a', 'h'], ['c', 'd', 'e'], Object.keys(ALL)])(
  'leaves what is refused, and nothing else: %s',
  async (...refused) => {
    const cloud = new Cloud()
    cloud.refused = Object.fromEntries(refused.map(entry => [entry, 'denied']))
    const left = await cloud.write(ALL)
    expect(left.map(({ entry, fault }) => [entry, fault.message])).toEqual(
      refused.map(entry => [entry, `no ${entry}`]),
    )
    expect(Object.keys(cloud.live)).toEqual(Object.keys(ALL).filter(entry => !refused.includes(entry)))
  },
)

it('says missing of what is gone, after a second attempt', async () => {
  const cloud = new Cloud()
  cloud.refused = { c: 'gone' }
  expect(await cloud.write({ c: true })).toMatchObject([{ entry: 'c', fault: { code: 'missing' } }])
  expect(cloud.asked).toEqual([['c'], ['c']])
})

it('believes the reading over a reply', async () => {
  const cloud = new Cloud()
  cloud.lies = true
  expect(await cloud.write(ALL)).toEqual([])
  expect(cloud.asked).toHaveLength(1)
})

it.each<FaultCode>(['throttled', 'unavailable', 'not-authenticated'])(
  'stops trying when it is %s',
  async code => {
    const cloud = new Cloud()
    cloud.refused = { c: code }
    const left = await cloud.write(ALL)
    expect(left.map(({ entry }) => entry)).toEqual(['c', 'd', 'e', 'f', 'g', 'h'])
    expect(cloud.asked).toHaveLength(1)
  },
)

it.each<FaultCode>(['interrupted', 'journal', 'bug'])('throws %s', async code => {
  const cloud = new Cloud()
  cloud.refused = { c: code }
  await expect(cloud.write(ALL)).rejects.toMatchObject({ code })
})

it('writes nothing more when what has to stand first is refused', async () => {
  const cloud = new Cloud()
  cloud.refused = { b: 'quota', deny: 'quota' }
  const left = await cloud.write({ b: true, c: true, deny: true }, { first: new Set(['deny']) })
  expect(left.map(({ entry }) => entry).sort()).toEqual(['b', 'c', 'deny'])
  expect(cloud.live).toEqual({})
  expect(cloud.asked).toEqual([['b', 'c', 'deny'], ['deny']])
})

it('writes what has to stand first again with the others, so that its provider waits for it', async () => {
  const cloud = new Cloud()
  cloud.refused = { b: 'denied' }
  const left = await cloud.write({ b: true, c: true, deny: true }, { first: new Set(['deny']) })
  expect(left.map(({ entry }) => entry)).toEqual(['b'])
  expect(cloud.live).toEqual({ c: true, deny: true })
  expect(cloud.asked.slice(2).every(entries => entries.includes('deny'))).toBe(true)
})
