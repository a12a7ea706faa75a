import type { KeyObject } from 'node:crypto'
import { readdir, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readPlain, truePath } from '../store/files.ts'
import { Seal } from '../store/seal.ts'
import { headsFolder, SealedFolder } from '../store/sealed-folder.ts'
import { isEmptyHead, readHead } from '../store/sealed-head.ts'
import { placeFile } from '../store/state-place.ts'
import { Heads } from './heads.ts'

/** Seals what is no journal: the files of a watch, and plans. */
export interface Seals {
  /**
   * A folder in the state folder whose files are sealed; gives the state folder its identity.
   *
   * @param name with `/` between its parts
   * @throws Fault `tampered` for a state folder that was never seen here
   */
  folder(name: string): Promise<SealedFolder>
  /** The same for a command that only reads; undefined where the state folder is not one that this machine knows. */
  known(name: string): Promise<SealedFolder | undefined>
  /**
   * State folders that were here before this one, and in which a watch left its files: what it remembered there is not in
   * this one. As the folders of their heads.
   */
  former(): Promise<string[]>
  /** Takes this state folder for the only one that was ever here. */
  forget(former: readonly string[]): Promise<void>
  /** Gives the state folder its identity; undefined for one that was never seen here. */
  settle(): Promise<string | undefined>
  /** Identity of the state folder; undefined where it has none yet, or is not one that this machine knows. */
  state(): Promise<string | undefined>
  /** The public half of the key of this machine, which is made on first use. */
  publicKey(): Promise<KeyObject>
  /** Signs a text that names what it is. The key is made on first use. */
  sign(text: string): Promise<string>
  /** Whether it is signed by this machine, or by one that is trusted here. Makes nothing. */
  verify(text: string, signature: string): Promise<boolean>
}

/** The seals of one state folder; `config` is that of its journals. Touches nothing until it is used. */
export function openSeals({ state, config }: { state: string; config: string }): Seals {
  const seal = new Seal(config)
  const heads = new Heads(state, config)
  return {
    async folder(name) {
      const place = await heads.settle()
      return new SealedFolder(name, { state, id: basename(place), heads: place, key: await seal.own() })
    },
    async known(name) {
      const { kind, id, heads: place } = await heads.place()
      if (kind !== 'known' || id === undefined) return undefined
      return new SealedFolder(name, { state, id, heads: place, key: await seal.own() })
    },
    async former() {
      const [own, here] = [await heads.folder(), `${await truePath(state)}\n`]
      const left: string[] = []
      for (const name of await namesIn(join(config, 'heads'))) {
        const folder = join(config, 'heads', name)
        if (folder === own) continue
        const place = (await readPlain(placeFile(folder)).catch(() => undefined))?.toString('utf8')
        if (place === here && (await hasFiles(folder))) left.push(folder)
      }
      return left
    },
    async forget(former) {
      for (const folder of former) await unlink(placeFile(folder))
    },
    async settle() {
      const place = await heads.place()
      return (await heads.unseenFault(place)) ? undefined : basename(await heads.settle())
    },
    async state() {
      const { kind, id } = await heads.place()
      return kind === 'known' ? id : undefined
    },
    publicKey: async () => (await seal.own()).publicKey,
    sign: async text => (await seal.signer())(text),
    verify: async (text, signature) => (await seal.verifier())(text, signature),
  }
}

/** Whether any sealed file of a state folder says something. */
async function hasFiles(heads: string): Promise<boolean> {
  const folder = headsFolder(heads)
  for (const name of await namesIn(folder)) {
    if (!isEmptyHead(await readHead(join(folder, name)))) return true
  }
  return false
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => [])
}
