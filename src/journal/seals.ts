import { basename } from 'node:path'
import { Seal } from '../store/seal.ts'
import { SealedFolder } from '../store/sealed-folder.ts'
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
  /** Gives the state folder its identity; undefined for one that was never seen here. */
  settle(): Promise<string | undefined>
  /** Identity of the state folder; undefined where it has none yet, or is not one that this machine knows. */
  state(): Promise<string | undefined>
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
    async settle() {
      const place = await heads.place()
      return (await heads.unseenFault(place)) ? undefined : basename(await heads.settle())
    },
    async state() {
      const { kind, id } = await heads.place()
      return kind === 'known' ? id : undefined
    },
    sign: async text => (await seal.signer())(text),
    verify: async (text, signature) => (await seal.verifier())(text, signature),
  }
}
