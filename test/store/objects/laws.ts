import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../../src/store/objects/object-store.ts'

/** A store under the laws. */
export interface Tried {
  /** Opens a connection of its own to the same objects. */
  open(): Promise<ObjectStore>
  /** Loses the answer of the next write, which is carried out. */
  loseAnswer(): void
  /** Writes that the service has received so far, repeated ones included. */
  writes(): number
  /** Milliseconds since 1970 by the clock of the service. */
  clock(): number
  close(): Promise<void>
}

const bytes = (text: string) => Buffer.from(text)
const slot = (n: number) => `runs/abcd/${String(n).padStart(20, '0')}.jsonl`

/** Holds a store to the laws that journals and leases rely on. */
export function holdToLaws(name: string, begin: () => Promise<Tried>): void {
  describe(name, () => {
    let tried: Tried
    let store: ObjectStore

    beforeAll(async () => {
      tried = await begin()
      store = await tried.open()
    })
    afterAll(() => tried.close())

    it('reads the bytes that were written, and nothing for a free name', async () => {
      const text = `{"ü":"\\u0000","x":"${'y'.repeat(200_000)}"}\n`
      expect(await store.get('free')).toBeUndefined()
      const written = await store.put('bytes', bytes(text), { ifAbsent: true })
      const found = await store.get('bytes')
      expect(found?.bytes.toString('utf8')).toBe(text)
      expect(written).toEqual({ kind: 'written', tag: found?.tag })
    })

    it('lets one of 24 writers create an object', async () => {
      const stores = await Promise.all(Array.from({ length: 24 }, () => tried.open()))
      const all = await Promise.all(
        stores.map((each, n) => each.put('raced', bytes(`writer ${n}`), { ifAbsent: true })),
      )
      const winners = [...all.entries()].filter(([, { kind }]) => kind === 'written').map(([n]) => n)
      expect(winners).toHaveLength(1)
      expect((await store.get('raced'))?.bytes.toString()).toBe(`writer ${winners[0]}`)
    })

    it('lets one of 24 writers replace an object, and refuses a stale tag', async () => {
      await store.put('replaced', bytes('first'), { ifAbsent: true })
      const { tag = '' } = (await store.get('replaced')) ?? {}
      const stores = await Promise.all(Array.from({ length: 24 }, () => tried.open()))
      const all = await Promise.all(
        stores.map((each, n) => each.put('replaced', bytes(`writer ${n}`), { ifTag: tag })),
      )
      expect(all.filter(({ kind }) => kind === 'written')).toHaveLength(1)
      expect(await store.put('replaced', bytes('late'), { ifTag: tag })).toEqual({ kind: 'conflict' })
      expect((await store.get('replaced'))?.bytes.toString()).toMatch(/^writer \d+$/)
    })

    it('refuses to replace a missing object', async () => {
      const { tag = '' } = (await store.get('replaced')) ?? {}
      expect(await store.put('missing', bytes('x'), { ifTag: tag })).toEqual({ kind: 'conflict' })
      expect(await store.get('missing')).toBeUndefined()
    })

    it('counts a write as written when its answer is lost', async () => {
      const before = tried.writes()
      tried.loseAnswer()
      const created = await store.put('lost', bytes('ours'), { ifAbsent: true })
      expect(created).toMatchObject({ kind: 'written' })
      expect(tried.writes() - before).toBeGreaterThan(1)
      const { tag = '' } = (await store.get('lost')) ?? {}
      tried.loseAnswer()
      const replaced = await store.put('lost', bytes('ours again'), { ifTag: tag })
      expect(replaced).toMatchObject({ kind: 'written' })
      expect(await store.get('lost')).toEqual({
        bytes: bytes('ours again'),
        tag: replaced.kind === 'written' ? replaced.tag : '',
      })
    })

    it("reports a conflict when another writer's bytes are there after a lost answer", async () => {
      await store.put('theirs', bytes('theirs'), { ifAbsent: true })
      tried.loseAnswer()
      expect(await store.put('theirs', bytes('ours'), { ifAbsent: true })).toEqual({ kind: 'conflict' })
      expect((await store.get('theirs'))?.bytes.toString()).toBe('theirs')
    })

    it('lists every object whose write was answered, in order, and those of no other prefix', async () => {
      await store.put('runs/abce/00000000000000000000.jsonl', bytes('x'), { ifAbsent: true })
      const names: string[] = []
      for (let n = 0; n < 25; n++) {
        await store.put(slot(n), bytes(`${n}`), { ifAbsent: true })
        names.push(slot(n))
        if (n % 8 === 0) expect(await (await tried.open()).list('runs/abcd/')).toEqual(names)
      }
      expect(await store.list('runs/abcd/')).toEqual(names)
      expect(await store.list('runs/nope/')).toEqual([])
    })

    it('deletes an object with its tag alone, and frees its name', async () => {
      await store.put('deleted', bytes('1'), { ifAbsent: true })
      const { tag = '' } = (await store.get('deleted')) ?? {}
      await store.put('deleted', bytes('2'), { ifTag: tag })
      expect(await store.remove('deleted', tag)).toBe(false)
      const { tag: newer = '' } = (await store.get('deleted')) ?? {}
      expect(await store.remove('deleted', newer)).toBe(true)
      expect(await store.remove('deleted', newer)).toBe(true)
      expect(await store.get('deleted')).toBeUndefined()
      expect(await store.put('deleted', bytes('3'), { ifAbsent: true })).toMatchObject({ kind: 'written' })
    })

    it('reads the clock of the service', async () => {
      const before = Math.floor(tried.clock() / 1000) * 1000
      const read = await store.now()
      expect(read).toBeGreaterThanOrEqual(before)
      expect(read).toBeLessThanOrEqual(tried.clock())
    })
  })
}
