import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { recordDecision } from '../../src/gate/ledger.ts'
import { checkLedger } from '../../src/gate/ledger-check.ts'
import { FiringLog } from '../../src/guard/firing-log.ts'
import { keeper, keptOf } from '../../src/guard/saved-state.ts'
import { SetAside } from '../../src/guard/set-aside.ts'
import { openSeals } from '../../src/journal/seals.ts'
import { openStore } from '../../src/journal/store.ts'
import { Secret } from '../../src/model/secret.ts'
import { fileSink } from '../../src/sinks/file.ts'
import { readPlain, replaceFile } from '../../src/store/files.ts'
import { OwnKey } from '../../src/store/own-key.ts'
import { Seal } from '../../src/store/seal.ts'
import { now, started, written } from '../journal/fixture.ts'

/** A store of numbered values, as the laws see it. */
export interface Numbered {
  /** Resolves when the numbered value is on disk, rejects when it may not be. */
  put(number: number): Promise<void>
  close(): Promise<void>
}

/** One kind of file that stands on the store. */
export interface Kind {
  /** `log`: has every value; `file`: has the newest; `files`: each value has a file of its own. */
  shape: 'log' | 'file' | 'files'
  /** Makes a new one in a folder, or continues with the one that is there. */
  open(folder: string): Promise<Numbered>
  /** The numbers that a reader believes, in order; throws when it does not believe the file. */
  read(folder: string): Promise<number[]>
  /** The file with the value. */
  file(folder: string, number: number): string
  /** A power failure may take the value, and nothing else may. */
  isCache?: true
  /** Who keeps a second writer out: a lock, or the name itself, which only one can take or replace. */
  writers: { lock: (folder: string) => string } | 'name'
}

const RUN = 'aaaa'
const FILLING = 'x'.repeat(700)
const signal = { trigger: 't', count: 1, why: FILLING, signals: [] }

const journal: Kind = {
  shape: 'log',
  async open(folder) {
    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const isNew = !(await store.list()).some(({ run }) => run === RUN)
    const opened = isNew ? await store.create(RUN, now) : (await store.append(RUN, now)).journal
    if (isNew) await opened.append(started(RUN))
    return {
      put: async number => void (await opened.append(written(`${number} ${FILLING}`))),
      close: () => opened.close(),
    }
  },
  async read(folder) {
    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const { entries } = await store.read(RUN)
    return entries.flatMap(entry => (entry.type === 'change.written' ? [Number.parseInt(entry.key, 10)] : []))
  },
  file: folder => join(folder, 'state', 'runs', `${RUN}.jsonl`),
  writers: { lock: folder => join(folder, 'state', 'lock') },
}

const watchLock = (folder: string) => join(folder, 'state', 'watch', 'lock')

const watchIn = (folder: string) =>
  openSeals({ state: join(folder, 'state'), config: join(folder, 'config') }).folder('watch')

const firings: Kind = {
  shape: 'log',
  async open(folder) {
    const log = await FiringLog.open(await watchIn(folder))
    return {
      async put(number) {
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
  writers: { lock: watchLock },
}

const setAside: Kind = {
  shape: 'log',
  async open(folder) {
    const aside = new SetAside(folder)
    return {
      put: async number =>
        void (await aside.keep('s', [{ where: String(number), reason: 'r', excerpt: FILLING }], now())),
      close: () => aside.close(),
    }
  },
  async read(folder) {
    const text = await readFile(join(folder, 'set-aside.ndjson'), 'utf8').catch(() => '')
    const lines = text.split('\n').slice(0, -1)
    return lines.map(line => Number(JSON.parse(line).where))
  },
  file: folder => join(folder, 'set-aside.ndjson'),
  writers: { lock: watchLock },
}

const foldersOf = (folder: string) => ({
  state: join(folder, 'state'),
  heads: join(folder, 'config', 'heads', 'town'),
})
const keyOf = async (folder: string) => {
  const seal = new Seal(join(folder, 'config'))
  await seal.signer()
  return OwnKey.fromPem(await readFile(seal.path))
}

const ledger: Kind = {
  shape: 'log',
  async open(folder) {
    const seal = await keyOf(folder)
    await mkdir(join(folder, 'config', 'heads'), { recursive: true })
    const record = {
      ...{ harness: 'claude', agent: 'a', session: 's', effect: 'deny', because: 'policy', reason: FILLING },
    }
    return {
      put: async number =>
        recordDecision(foldersOf(folder), seal, { ...record, tool: String(number) }, now()),
      close: async () => undefined,
    }
  },
  async read(folder) {
    const found = [...checkLedger(foldersOf(folder), await keyOf(folder))]
    const flaw = found.find(each => each.flaw !== undefined)
    if (flaw) throw new Error(flaw.flaw)
    return found.map(({ entry }) => Number(entry?.tool))
  },
  file: folder => join(folder, 'state', 'gate', 'decisions.jsonl'),
  writers: { lock: folder => `${join(folder, 'state', 'gate', 'decisions.jsonl')}.lock` },
}

const watchState: Kind = {
  shape: 'file',
  async open(folder) {
    const kept = keeper(await watchIn(folder))
    return {
      put: number => kept.keep({ save: () => ({ number, filling: FILLING }) }, {}),
      close: () => kept.close(),
    }
  },
  async read(folder) {
    const { judge } = await keptOf(await watchIn(folder))
    return judge === undefined ? [] : [(judge as { number: number }).number]
  },
  file: folder => join(folder, 'state', 'watch', 'state.json'),
  writers: { lock: watchLock },
}

/** The numbers of a snapshot and of the changes after it. */
async function numbersIn(folder: string): Promise<number[]> {
  const { judge, changes = [], positions } = await keptOf(await watchIn(folder))
  const numbers = [
    ...((judge ?? []) as number[]),
    ...changes.map(each => (each as { number: number }).number),
  ]
  // Memory and positions are of one moment.
  if (positions['s'] !== numbers.at(-1)) throw new Error('the positions are of another moment')
  return numbers
}

const watchChanges: Kind = {
  shape: 'log',
  async open(folder) {
    const kept = keeper(await watchIn(folder))
    const all = await numbersIn(folder)
    let fresh: number[] = []
    const judge = {
      save: () => [...all],
      changes: () => fresh.splice(0).map(number => ({ number, filling: FILLING })),
    }
    // A snapshot, and from here on changes.
    if (all.length > 0) await kept.keep(judge, { s: all.at(-1) ?? 0 })
    return {
      async put(number) {
        all.push(number)
        fresh = [number]
        await kept.keep(judge, { s: number }).catch(error => {
          all.splice(all.indexOf(number), 1)
          throw error
        })
      },
      close: () => kept.close(),
    }
  },
  read: numbersIn,
  file: folder => join(folder, 'state', 'watch', 'state.jsonl'),
  writers: { lock: watchLock },
}

const planFile: Kind = {
  shape: 'file',
  async open(folder) {
    return {
      put: number => replaceFile(join(folder, 'plan.json'), JSON.stringify({ number, filling: FILLING })),
      close: async () => undefined,
    }
  },
  async read(folder) {
    const text = (await readPlain(join(folder, 'plan.json')))?.toString('utf8')
    return text === undefined ? [] : [JSON.parse(text).number]
  },
  file: folder => join(folder, 'plan.json'),
  writers: 'name',
}

const keptByGate = (durable: boolean): Kind => ({
  shape: 'file',
  ...(durable ? {} : { isCache: true as const }),
  async open(folder) {
    const key = await keyOf(folder)
    const value = (number: number) => ({ number, filling: FILLING })
    return {
      put: async number => key.write('test', join(folder, 'gate', 'kept'), value(number), { durable }),
      close: async () => undefined,
    }
  },
  async read(folder) {
    const value = (await keyOf(folder)).read('test', join(folder, 'gate', 'kept'))
    return value === undefined ? [] : [(value as { number: number }).number]
  },
  file: folder => join(folder, 'gate', 'kept'),
  writers: 'name',
})

const secrets: Kind = {
  shape: 'files',
  async open(folder) {
    return {
      put: number => fileSink(join(folder, `secret-${number}`)).store(new Secret(`${number} ${FILLING}`)),
      close: async () => undefined,
    }
  },
  async read(folder) {
    const names = (await readdir(folder)).filter(name => name.startsWith('secret-'))
    const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
    return texts
      .map(text => {
        if (!text.endsWith(` ${FILLING}`)) throw new Error('half a secret')
        return Number.parseInt(text, 10)
      })
      .sort((a, b) => a - b)
  },
  file: (folder, number) => join(folder, `secret-${number}`),
  writers: 'name',
}

/** Everything that stands on the store; each is held to every law. */
export const KINDS: { [name: string]: Kind } = {
  'the journal of a run': journal,
  'the firings of a watch': firings,
  'the records set aside': setAside,
  'the decisions of a gate': ledger,
  'the state of a watch': watchState,
  'the changes of the state of a watch': watchChanges,
  'a plan file': planFile,
  'what a gate has to remember': keptByGate(true),
  'a cache of a gate': keptByGate(false),
  'a rotated secret': secrets,
}

/** As a program: `node kinds.ts KIND FOLDER`; puts the numbers on its standard input and says how each went. */
if (process.argv[1]?.endsWith('kinds.ts')) {
  const [name = '', folder = ''] = process.argv.slice(2)
  const store = await KINDS[name]?.open(folder)
  process.stdout.write('open\n')
  for await (const line of createInterface({ input: process.stdin })) {
    const number = Number(line)
    void store?.put(number).then(
      () => process.stdout.write(`yes ${number}\n`),
      () => process.stdout.write(`no ${number}\n`),
    )
  }
  await store?.close().catch(() => undefined)
}
