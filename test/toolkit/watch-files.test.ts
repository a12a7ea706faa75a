import { cp, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keeper, keptOf } from '../../src/guard/saved-state.ts'
import { openStore } from '../../src/journal/store.ts'
import { watchFiles } from '../../src/toolkit/watch/files.ts'

let root: string
let told: string[]
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interdict-watch-files-'))
  told = []
})
afterEach(() => rm(root, { recursive: true, force: true }))

const state = () => join(root, 'state')

/** As the next watch opens them. */
function opened({ trust = false } = {}) {
  const folders = { state: state(), config: join(root, 'config') }
  const host = { folders, warn: (text: string) => told.push(text), answer: async () => undefined }
  return watchFiles(host, openStore(folders), trust)
}

const KEPT = { judge: null, positions: { 'file:log': { offset: 7 } } }

async function remembered(): Promise<void> {
  const { watch } = await opened()
  await keeper(watch).keep({ save: () => KEPT.judge }, KEPT.positions)
  const log = watch.log('firings.jsonl')
  await log.open()
  await log.append({ type: 'fired' })
  await log.close()
}

describe('the files of a watch', () => {
  it('are read again, also from a folder that was moved', async () => {
    await remembered()
    expect(await keptOf((await opened()).watch)).toEqual(KEPT)
    await rename(state(), join(root, 'moved'))
    await cp(join(root, 'moved'), state(), { recursive: true })
    expect(await keptOf((await opened()).watch)).toEqual(KEPT)
  })

  const LOSSES: [string, () => Promise<unknown>][] = [
    ['the state folder', () => rm(state(), { recursive: true })],
    [
      'its identity and the files',
      async () => {
        await rm(join(state(), 'id'))
        await rm(join(state(), 'watch'), { recursive: true })
      },
    ],
    ['its identity', () => rm(join(state(), 'id'))],
    ['a part of its identity', () => writeFile(join(state(), 'id'), 'ab')],
    ['its identity for another', () => writeFile(join(state(), 'id'), `${'a'.repeat(32)}\n`)],
  ]

  it.each(LOSSES)('are missed when somebody takes %s', async (_, lose) => {
    await remembered()
    await lose()
    await expect(opened()).rejects.toMatchObject({
      code: 'tampered',
      where: state(),
      next: expect.stringContaining('--trust-state'),
    })
    const { watch } = await opened({ trust: true })
    expect(await keptOf(watch)).toEqual({ judge: undefined, positions: {} })
    expect(await watch.log('firings.jsonl').open()).toEqual([])
    expect((await opened()).watch.path).toBe(watch.path)
  })

  it('are renamed with --trust-state when they are not believed, and the others are read', async () => {
    await remembered()
    await writeFile(join(state(), 'watch', 'firings.jsonl'), '{"type":"fired"}\n')
    await expect(opened().then(({ watch }) => watch.log('firings.jsonl').open())).rejects.toMatchObject({
      code: 'tampered',
    })
    const { watch } = await opened({ trust: true })
    expect(told).toEqual([
      expect.stringMatching(/firings\.jsonl is not believed.*firings\.jsonl\.refused-1 now$/),
    ])
    expect(await keptOf(watch)).toEqual(KEPT)
    expect(await watch.log('firings.jsonl').open()).toEqual([])
    expect((await readdir(watch.path)).sort()).toEqual(['firings.jsonl.refused-1', 'state.json'])
  })

  it('that nobody forged stay as they are with --trust-state', async () => {
    await remembered()
    const { watch } = await opened({ trust: true })
    expect(told).toEqual([])
    expect(await keptOf(watch)).toEqual(KEPT)
    expect(await watch.log('firings.jsonl').open()).toEqual([{ type: 'fired' }])
  })
})
