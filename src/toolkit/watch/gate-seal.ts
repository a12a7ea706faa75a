import { join } from 'node:path'
import { isSealedRefusal } from '../../gate/refusal.ts'
import { readPlainSync } from '../../store/files-sync.ts'
import { OwnKey } from '../../store/own-key.ts'

/** Says of records whether this machine's gate wrote them; without its key, of none. The key is read once it is needed. */
export function sealCheck(config: string): (record: { readonly [name: string]: unknown }) => boolean {
  let seal: OwnKey | undefined
  return record => {
    if (seal === undefined) {
      const pem = readPlainSync(join(config, 'seal.pem'), 64 * 1024)
      seal = pem && OwnKey.fromPem(pem)
    }
    return seal !== undefined && isSealedRefusal(record, seal)
  }
}
