import { readSshSignature, type SshSignature } from './ssh-signature.ts'
import { readStatement, type Statement, statementText } from './statement.ts'

/** An approval: what was signed, and the signature. */
export interface Approval {
  statement: Statement
  signature: SshSignature
  /** Both, as they stand in a file. */
  text: string
}

const ARMOUR = '-----BEGIN SSH SIGNATURE-----'
/** A larger file is no approval. */
const MOST_CHARACTERS = 64 * 1024

/** The text of an approval's file: the statement, then the signature over it. */
export function approvalText(statement: Statement, armour: string): string {
  return `${statementText(statement)}${armour.trimEnd()}\n`
}

/** Reads an approval's file; says why where it is none. */
export function readApproval(text: string): Approval | string {
  if (text.length > MOST_CHARACTERS) return 'it is too large to be one'
  const at = text.indexOf(ARMOUR)
  if (at < 0) return 'it has no SSH signature'
  const statement = readStatement(text.slice(0, at))
  if (statement === undefined) return 'its text is no approval'
  const signature = readSshSignature(text.slice(at))
  if (signature === undefined)
    return 'its signature cannot be read, or its key is of a kind that does not count'
  return { statement, signature, text }
}
