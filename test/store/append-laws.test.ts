import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { AppendLog } from '../../src/store/append-log.ts'
import { KINDS, tear } from './appending.ts'

const PROGRAM = fileURLToPath(new URL('./appending.ts', import.meta.url))
const LONG = 120_000

const folder = () => mkdtemp(join(tmpdir(), 'interdict-append-'))

/** A process that appends what it is told, and the system's limit on how large its files may be. */
class Writer {
  readonly child: ChildProcessWithoutNullStreams
  readonly yes: number[] = []
  readonly no: number[] = []
  readonly #lines: AsyncIterator<string>

  constructor(kind: string, where: string) {
    this.child = spawn(process.execPath, [PROGRAM, kind, where])
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  async line(): Promise<boolean> {
    const { value, done } = await this.#lines.next()
    const [word, number] = String(value ?? '').split(' ')
    if (word === 'yes') this.yes.push(Number(number))
    if (word === 'no') this.no.push(Number(number))
    return done !== true
  }

  /** One after the other: the next is begun by whoever waited for the last. */
  async append(...numbers: number[]): Promise<void> {
    for (const number of numbers) {
      this.child.stdin.write(`${number}\n`)
      await this.line()
    }
  }

  limit(bytes: number | 'unlimited'): void {
    execFileSync('prlimit', [`--pid=${this.child.pid}`, `--fsize=${bytes}:unlimited`])
  }

  async end(): Promise<void> {
    this.child.stdin.end()
    while (await this.line());
  }
}

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  const begun = async (where: string) => {
    const writer = new Writer(name, where)
    await writer.line()
    return writer
  }

  it(
    'claims no entry that a short write cut off, and joins none to its half',
    async () => {
      const where = await folder()
      const writer = await begun(where)
      await writer.append(1, 2)
      // A hundred bytes fit, which is less than an entry: the system takes these, and then none (EFBIG).
      writer.limit((await stat(kind.file(where))).size + 100)
      await writer.append(3, 4)
      expect(writer.no).toEqual([3, 4])
      writer.limit('unlimited')
      await writer.append(5)
      await writer.end()
      expect(await kind.read(where)).toEqual(writer.yes)
      const next = await begun(where)
      await next.append(6)
      await next.end()
      expect(await kind.read(where)).toEqual([...writer.yes, 6])
    },
    LONG,
  )

  it(
    'has every entry that it claimed when it is killed',
    async () => {
      const where = await folder()
      const writer = await begun(where)
      for (let number = 1; number <= 200; number++) writer.child.stdin.write(`${number}\n`)
      while (writer.yes.length < 20) await writer.line()
      writer.child.kill('SIGKILL')
      await once(writer.child, 'close')
      while (await writer.line());
      expect(await kind.read(where)).toEqual(expect.arrayContaining(writer.yes))
    },
    LONG,
  )

  it(
    'goes on after half a line, and believes no part of it',
    async () => {
      const where = await folder()
      const first = await kind.open(where)
      await first.append(1)
      await first.close()
      await tear(kind.file(where))
      const second = await kind.open(where)
      await second.append(2)
      await second.close()
      expect(await kind.read(where)).toEqual([1, 2])
    },
    LONG,
  )
})

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
