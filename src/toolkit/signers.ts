import { verify } from 'node:crypto'
import { join } from 'node:path'
import {
  type AllowedSigners,
  parseAllowedSigners,
  signersFor,
  solePrincipal,
} from '../approval/allowed-signers.ts'
import { SEAL } from '../approval/namespaces.ts'
import { ed25519Blob, sshKeyText } from '../approval/ssh-key.ts'
import { openSeals } from '../journal/seals.ts'
import { quotedWord } from '../model/command-text.ts'
import type { Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { fileFault, readPlain } from '../store/files.ts'
import { looseKeys } from '../store/permissions.ts'
import type { Folders } from './host.ts'

/** The list of those who may approve, and whose machines seal. Beside the keys, where nobody who can only write the state gets. */
export function signersFile({ config }: Folders): string {
  return join(config, 'allowed_signers')
}

/** Reads the list; undefined where there is none. Faults: `tampered` where others can write it, and those of files. */
export async function readSigners(folders: Folders): Promise<AllowedSigners | undefined> {
  const path = signersFile(folders)
  const loose = looseKeys(folders.config).find(each => each.path === path)
  if (loose) {
    throw new Fault('tampered', `others can write this (mode ${loose.mode}), and so approve`, {
      where: path,
      next: loose.fix,
    })
  }
  try {
    const bytes = await readPlain(path)
    return bytes && parseAllowedSigners(bytes.toString('utf8'))
  } catch (error) {
    throw fileFault('read', path, error)
  }
}

/** Whose machine this is, by the key that seals its journals. Fault `refused` where the list does not say. */
export async function ownerOfMachine(
  folders: Folders,
  signers: AllowedSigners,
  now: string,
): Promise<string[]> {
  const blob = ed25519Blob(await openSeals(folders).publicKey())
  const owners = namesOf(signers, blob, now)
  if (owners.length > 0) return owners
  const line = `YOU namespaces="${SEAL}" ${sshKeyText({ type: 'ssh-ed25519', blob })}`
  throw new Fault(
    'refused',
    'the list of signers does not say whose machine this is, so nobody else could approve',
    {
      where: signersFile(folders),
      next: `printf '%s\\n' '${line}' >> ${quotedWord(signersFile(folders))}, with your principal in place of YOU`,
    },
  )
}

/** Who began a run, by the key that sealed its first entry; nobody where the list does not know that key. */
export function whoBegan(signers: AllowedSigners, first: Entry | undefined): string[] {
  if (first === undefined) return []
  const { hash, sig, at } = first
  const sealed = signers.signers.find(
    ({ key }) =>
      key.type === 'ssh-ed25519' && verify(null, Buffer.from(hash), key.key, Buffer.from(sig, 'base64')),
  )
  return sealed === undefined ? [] : namesOf(signers, sealed.key.blob, at)
}

/** A key that seals for several people, or for a pattern of them, seals for nobody. */
function namesOf(signers: AllowedSigners, blob: Buffer, now: string): string[] {
  const found = signersFor(signers, blob, SEAL, Date.parse(now)).map(solePrincipal)
  return [...new Set(found.filter(each => each !== undefined))]
}
