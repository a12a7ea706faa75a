import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keeper, keptOf } from '../../src/guard/saved-state.ts'
import type { Json } from '../../src/model/json.ts'
import { folder, sealedFolder } from './scripted.ts'

/** A judge that remembers numbers; the test sets the size of its memory. */
class Numbers {
  readonly all: number[] = []
  #fresh: number[] | undefined
  saves = 0
  readonly #filling: string

  constructor(filling = '') {
    this.#filling = filling
  }

  add(...numbers: number[]): this {
    this.all.push(...numbers)
    this.#fresh?.push(...numbers)
    return this
  }

  save(): Json {
    this.saves++
    this.#fresh = []
    return [this.#filling, ...this.all]
  }

  changes(): Json[] | undefined {
    const fresh = this.#fresh
    if (fresh) this.#fresh = []
    return fresh
  }
}

const numbersOf = ({ judge, changes = [] }: Awaited<ReturnType<typeof keptOf>>) => [
  ...((judge ?? []) as Json[]).slice(1),
  ...changes,
]

it('the state of a watch is a snapshot, and then what changed since', async () => {
  const where = await folder()
  const numbers = new Numbers('x'.repeat(50_000))
  const kept = keeper(await sealedFolder(where))
  await kept.keep(numbers.add(1), { a: { offset: 1 }, b: 1 })
  const { size, mtimeMs } = await stat(join(where, 'state.json'))
  expect(size).toBeGreaterThan(50_000)
  for (let n = 2; n <= 20; n++) {
    await kept.keep(numbers.add(n), { a: { offset: n }, b: 1 })
    const found = await keptOf(await sealedFolder(where))
    expect(numbersOf(found)).toEqual(numbers.all)
    expect(found.positions).toEqual({ a: { offset: n }, b: 1 })
  }
  await kept.close()
  expect(numbers.saves).toBe(1)
  expect(await stat(join(where, 'state.json'))).toMatchObject({ size, mtimeMs })
  expect((await stat(join(where, 'state.jsonl'))).size).toBeLessThan(20_000)
})

it('a snapshot takes the place of the changes once they are more bytes than it may be', async () => {
  const where = await folder()
  const numbers = new Numbers()
  const kept = keeper(await sealedFolder(where))
  for (let n = 0; n < 40; n++) await kept.keep(numbers.add(...Array.from({ length: 10_000 }, () => n)), {})
  await kept.close()
  expect(numbers.saves).toBeGreaterThan(1)
  expect(numbers.saves).toBeLessThan(5)
  expect((await stat(join(where, 'state.jsonl'))).size).toBeLessThan(1_200_000)
  expect(numbersOf(await keptOf(await sealedFolder(where)))).toEqual(numbers.all)
})

it('memory and positions are of the moment of the call, also where more is read while they are written', async () => {
  const where = await folder()
  const numbers = new Numbers()
  const kept = keeper(await sealedFolder(where))
  const positions: { [source: string]: Json } = { a: 0 }
  for (let n = 1; n <= 3; n++) {
    positions['a'] = n
    const keeping = kept.keep(numbers.add(n), positions)
    numbers.add(n * 100)
    positions['a'] = n * 100
    await keeping
    const found = await keptOf(await sealedFolder(where))
    expect(numbersOf(found).at(-1)).toBe(n)
    expect(found.positions).toEqual({ a: n })
  }
  await kept.close()
})

it('a snapshot whose log was not begun yet is the whole state, beside the log of an earlier one', async () => {
  const where = await folder()
  const numbers = new Numbers()
  const first = keeper(await sealedFolder(where))
  await first.keep(numbers.add(1), {})
  await first.keep(numbers.add(2), {})
  await first.close()
  // As a process leaves it that ends between the two.
  const sealed = await sealedFolder(where)
  await sealed.file('state.json').write({ version: 2, log: 'another', positions: { a: 3 }, judge: ['', 7] })
  const found = await keptOf(sealed)
  expect(found).toEqual({ judge: ['', 7], positions: { a: 3 } })
  const second = keeper(sealed)
  await second.keep(numbers, {})
  await second.close()
  expect(numbersOf(await keptOf(await sealedFolder(where)))).toEqual([1, 2])
})

it('the state of an earlier version is read, and the next one continues it', async () => {
  const where = await folder()
  const sealed = await sealedFolder(where)
  await sealed.file('state.json').write({ version: 1, positions: { a: 5 }, judge: ['', 1, 2] })
  expect(await keptOf(await sealedFolder(where))).toEqual({ judge: ['', 1, 2], positions: { a: 5 } })
  const kept = keeper(sealed)
  const numbers = new Numbers().add(1, 2)
  await kept.keep(numbers.add(3), { a: 6 })
  await kept.keep(numbers.add(4), { a: 7 })
  await kept.close()
  const found = await keptOf(await sealedFolder(where))
  expect(numbersOf(found)).toEqual([1, 2, 3, 4])
  expect(found.positions).toEqual({ a: 7 })
})

it('a log of changes that is cut off, older or missing is refused', async () => {
  const where = await folder()
  const path = join(where, 'state.jsonl')
  const numbers = new Numbers()
  const kept = keeper(await sealedFolder(where))
  await kept.keep(numbers.add(1), {})
  await kept.keep(numbers.add(2), {})
  const older = await readFile(path)
  await kept.keep(numbers.add(3), {})
  await kept.close()
  const newest = await readFile(path)
  for (const bytes of [older, Buffer.alloc(0), Buffer.from(newest.toString().replace('[3]', '[4]'))]) {
    await writeFile(path, bytes)
    await expect(sealedFolder(where).then(keptOf)).rejects.toMatchObject({ code: 'tampered' })
  }
  await writeFile(path, newest)
  expect(numbersOf(await keptOf(await sealedFolder(where)))).toEqual([1, 2, 3])
})
