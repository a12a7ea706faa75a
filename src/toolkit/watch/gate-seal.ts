import { join } from 'node:path'
import { readWhole } from '../../gate/files.ts'
import { isSealedRefusal } from '../../gate/refusal.ts'
import { Seal } from '../../store/own-key.ts'

/** Says of records whether this machine's gate wrote them; without its key, of none. The key is read once it is needed. */
export function sealCheck(config: string): (record: { readonly [name: string]: unknown }) => boolean {
  let seal: Seal | undefined
  return record => {
    if (seal === undefined) {
      const pem = readWhole(join(config, 'seal.pem'), 64 * 1024)
      seal = pem && new Seal(pem)
    }
    return seal !== undefined && isSealedRefusal(record, seal)
  }
}
