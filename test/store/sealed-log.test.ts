import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSeals } from '../../src/journal/seals.ts'
import type { SealedLog } from '../../src/store/sealed-log.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interdict-sealed-log-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const sealed = () => openSeals({ state: join(root, 'state'), config: join(root, 'config') }).folder('watch')
const head = async () => {
  const id = (await readFile(join(root, 'state', 'id'), 'utf8')).trim()
  return join(root, 'config', 'heads', id, 'files', 'watch.log')
}

async function opened(): Promise<{ log: SealedLog; entries: unknown[] }> {
  const log = (await sealed()).log('log')
  return { log, entries: await log.open() }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

describe('a sealed log', () => {
  it('reads what was appended, in order, 0600', async () => {
    const { log } = await opened()
    await Promise.all(numbers(0, 50).map(n => log.append(n)))
    await log.close()
    expect((await opened()).entries).toEqual(numbers(0, 50))
    expect((await stat(log.path)).mode & 0o777).toBe(0o600)
  })

  it('holds what it was written anew with, and after that what was appended meanwhile', async () => {
    const { log } = await opened()
    const before = numbers(0, 30).map(n => log.append(n))
    const replaced = log.replace(['a', 'b'])
    const during = numbers(30, 60).map(n => log.append(n))
    const again = log.replace(['c'])
    const after = numbers(60, 70).map(n => log.append(n))
    await Promise.all([...before, replaced, ...during, again, ...after])
    await log.close()
    expect((await opened()).entries).toEqual(['c', ...numbers(60, 70)])
  })

  it('is believed as it was before or after, when it is killed while it is written anew', async () => {
    const { log } = await opened()
    await log.append(1)
    await log.close()
    const [oldText, oldHead] = [await readFile(log.path), await readFile(await head())]
    await log.replace([2, 3])
    const [newText, newHead] = [await readFile(log.path), await readFile(await head())]
    const both = JSON.stringify({ ...JSON.parse(oldHead.toString()), next: JSON.parse(newHead.toString()) })
    for (const [text, entries] of [
      [oldText, [1]],
      [newText, [2, 3]],
    ] as const) {
      await writeFile(await head(), both)
      await writeFile(log.path, text)
      const found = await opened()
      expect(found.entries).toEqual(entries)
      await found.log.append(4)
      await found.log.close()
      expect((await opened()).entries).toEqual([...entries, 4])
    }
  })

  it('cuts off half a line and goes on, and refuses a cut-off end once its head has it', async () => {
    const { log } = await opened()
    await log.append(1)
    await log.append(2)
    await log.close()
    const whole = await readFile(log.path)
    await writeFile(
      log.path,
      Buffer.concat([whole, Buffer.from('{"v":1,"gen'), Buffer.alloc(10), Buffer.from('\nx\n')]),
    )
    const torn = await opened()
    expect(torn.entries).toEqual([1, 2])
    await torn.log.append(3)
    await torn.log.marked()
    await torn.log.close()
    expect((await opened()).entries).toEqual([1, 2, 3])
    await writeFile(log.path, whole)
    await expect(opened()).rejects.toMatchObject({
      code: 'tampered',
      message: expect.stringContaining('rolled back'),
    })
  })

  it('takes nothing more once it could not be written', async () => {
    const { log } = await opened()
    await log.append(1)
    await log.close()
    await rm(log.path)
    await rm(join(root, 'state', 'watch'), { recursive: true })
    await writeFile(join(root, 'state', 'watch'), 'no folder')
    await expect(log.append(2)).rejects.toMatchObject({ code: 'journal' })
    await expect(log.append(3)).rejects.toMatchObject({ code: 'journal' })
  })
})
