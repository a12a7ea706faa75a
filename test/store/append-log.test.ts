import { mkdtemp, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppendLog } from '../../src/store/append-log.ts'

const folder = () => mkdtemp(join(tmpdir(), 'interdict-append-'))

/** A real file whose next operations go wrong as a disk's do. */
async function troubled(where: string) {
  const handle = await open(join(where, 'log'), 'a', 0o600)
  const troubles: ('short' | 'ENOSPC half way' | 'EIO at sync')[] = []
  const write = handle.write.bind(handle)
  const sync = handle.datasync.bind(handle)
  const failed = (code: string) => Object.assign(new Error(code), { code })
  let full = false
  Object.assign(handle, {
    async write(bytes: Buffer, at: number, length: number) {
      if (full) {
        full = false
        throw failed('ENOSPC')
      }
      const [next] = troubles
      if (next === undefined || next === 'EIO at sync') return await write(bytes, at, length)
      troubles.shift()
      full = next === 'ENOSPC half way'
      return await write(bytes, at, length >> 1)
    },
    async datasync() {
      if (troubles[0] === 'EIO at sync') throw failed(troubles.shift() ?? '')
      await sync()
    },
  })
  const log = new AppendLog({ open: async () => handle, fault: error => error as Error })
  return { log, troubles, text: () => readFile(join(where, 'log'), 'utf8') }
}

describe('an append log', () => {
  it.each(['short', 'ENOSPC half way', 'EIO at sync'] as const)(
    'holds exactly what it claimed after a write that went wrong: %s',
    async trouble => {
      const { log, troubles, text } = await troubled(await folder())
      const claimed: string[] = []
      for (const line of ['one\n', 'two\n', 'three\n']) {
        if (line === 'two\n') troubles.push(trouble)
        await log.append(Buffer.from(line), undefined).then(
          () => claimed.push(line),
          () => undefined,
        )
      }
      await log.close()
      expect(claimed).toEqual(trouble === 'short' ? ['one\n', 'two\n', 'three\n'] : ['one\n', 'three\n'])
      expect(await text()).toBe(claimed.join(''))
    },
  )

  it('wakes for an append that is made the moment the last one has settled', async () => {
    const { log, text } = await troubled(await folder())
    await log.append(Buffer.from('1\n'), undefined)
    await log.append(Buffer.from('2\n'), undefined)
    await log.close()
    expect(await text()).toBe('1\n2\n')
  })

  it('takes nothing more after a failed write where it is final', async () => {
    const handle = await open(import.meta.filename, 'r')
    const log = new AppendLog({ open: async () => handle, fault: error => error as Error, final: true })
    await expect(log.append(Buffer.from('1\n'), undefined)).rejects.toMatchObject({ code: 'EBADF' })
    await expect(log.append(Buffer.from('2\n'), undefined)).rejects.toMatchObject({ code: 'EBADF' })
    await log.close()
  })
})
