import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { recordDecision } from '../../src/gate/ledger.ts'
import { checkLedger } from '../../src/gate/ledger-check.ts'
import { FiringLog } from '../../src/guard/firing-log.ts'
import { SetAside } from '../../src/guard/set-aside.ts'
import { openSeals } from '../../src/journal/seals.ts'
import { openStore } from '../../src/journal/store.ts'
import { Seal as GateSeal } from '../../src/store/own-key.ts'
import { Seal } from '../../src/store/seal.ts'
import { now, started, written } from '../journal/fixture.ts'

/** A file that only grows, as the tests of the laws see it. */
export interface Log {
  /** Resolves when the numbered entry is on disk, rejects when it may not be. */
  append(number: number): Promise<void>
  close(): Promise<void>
}

export interface LogKind {
  /** Makes a new one in a folder, or goes on with the one that is there. */
  open(folder: string): Promise<Log>
  /** The numbers of the entries that a reader believes, in order; throws when it does not believe the file. */
  read(folder: string): Promise<number[]>
  file(folder: string): string
}

const RUN = 'aaaa'
const FILLING = 'x'.repeat(700)
const signal = { trigger: 't', count: 1, why: FILLING, signals: [] }

const journal: LogKind = {
  async open(folder) {
    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const isNew = !(await store.list()).some(({ run }) => run === RUN)
    const opened = isNew ? await store.create(RUN, now) : (await store.append(RUN, now)).journal
    if (isNew) await opened.append(started(RUN))
    return {
      append: async number => void (await opened.append(written(`${number} ${FILLING}`))),
      close: () => opened.close(),
    }
  },
  async read(folder) {
    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const { entries } = await store.read(RUN)
    return entries.flatMap(entry => (entry.type === 'change.written' ? [Number.parseInt(entry.key, 10)] : []))
  },
  file: folder => join(folder, 'state', 'runs', `${RUN}.jsonl`),
}

const watchIn = (folder: string) =>
  openSeals({ state: join(folder, 'state'), config: join(folder, 'config') }).folder('watch')

const firings: LogKind = {
  async open(folder) {
    const log = await FiringLog.open(await watchIn(folder))
    return {
      async append(number) {
        const id = String(number)
        const fired = {
          ...{
            id,
            playbook: 'p',
            trigger: 't',
            cloud: 'aws',
            mode: 'act' as const,
            why: FILLING,
            time: now(),
            group: {},
          },
          ...{ events: [id], count: 1, identity: { name: id }, inputs: {} },
        }
        await log.fired(now(), fired, { ...signal, key: id, events: [id] })
      },
      close: () => log.close(),
    }
  },
  async read(folder) {
    const log = await FiringLog.open(await watchIn(folder))
    const found = log.open().map(({ fired }) => Number(fired.id))
    await log.close()
    return found
  },
  file: folder => join(folder, 'state', 'watch', 'firings.jsonl'),
}

const setAside: LogKind = {
  async open(folder) {
    const aside = new SetAside(folder)
    return {
      append: async number =>
        void (await aside.keep('s', [{ where: String(number), reason: 'r', excerpt: FILLING }], now())),
      close: () => aside.close(),
    }
  },
  async read(folder) {
    const lines = (await readFile(this.file(folder), 'utf8')).split('\n').slice(0, -1)
    return lines.map(line => Number(JSON.parse(line).where))
  },
  file: folder => join(folder, 'set-aside.ndjson'),
}

const foldersOf = (folder: string) => ({
  state: join(folder, 'state'),
  heads: join(folder, 'config', 'heads', 'town'),
})
const sealOf = async (folder: string) => {
  const seal = new Seal(join(folder, 'config'))
  await seal.signer()
  return new GateSeal(await readFile(seal.path))
}

const ledger: LogKind = {
  async open(folder) {
    const seal = await sealOf(folder)
    await mkdir(join(folder, 'config', 'heads'), { recursive: true })
    const record = {
      ...{ harness: 'claude', agent: 'a', session: 's', effect: 'deny', because: 'policy', reason: FILLING },
    }
    return {
      append: async number =>
        recordDecision(foldersOf(folder), seal, { ...record, tool: String(number) }, now()),
      close: async () => undefined,
    }
  },
  async read(folder) {
    const found = [...checkLedger(foldersOf(folder), await sealOf(folder))]
    const flaw = found.find(each => each.flaw !== undefined)
    if (flaw) throw new Error(flaw.flaw)
    return found.map(({ entry }) => Number(entry?.tool))
  },
  file: folder => join(folder, 'state', 'gate', 'decisions.jsonl'),
}

export const KINDS: { [name: string]: LogKind } = {
  'the journal of a run': journal,
  'the firings of a watch': firings,
  'the records set aside': setAside,
  'the decisions of a gate': ledger,
}

/** Half of a line, as a crash leaves it. */
export async function tear(file: string): Promise<void> {
  await appendFile(file, '{"type":"fi')
}

/** As a program: `node appending.ts KIND FOLDER`; appends the numbers on its standard input and says how each went. */
if (process.argv[1]?.endsWith('appending.ts')) {
  const [name = '', folder = ''] = process.argv.slice(2)
  const log = await KINDS[name]?.open(folder)
  process.stdout.write('open\n')
  for await (const line of createInterface({ input: process.stdin })) {
    const number = Number(line)
    void log?.append(number).then(
      () => process.stdout.write(`yes ${number}\n`),
      () => process.stdout.write(`no ${number}\n`),
    )
  }
  await log?.close().catch(() => undefined)
}
