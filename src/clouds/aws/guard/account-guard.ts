import type { Json } from '../../../model/json.ts'
import type { GuardDocument } from './document.ts'

/** The guard policy of one account, as one reading shows it. */
export interface AccountGuard {
  document: GuardDocument
  /** Id of the policy; absent where none of that name is attached to the account. */
  id?: string
  /** Service control policies attached to the account itself. */
  attached: number
  /** Characters of the policy. */
  size: number
  /** Why no guard can be written for this account. */
  because?: string
}

/** Entries of the guard policy as they are wanted; undefined takes one away. */
export type Wanted = { [entry: string]: Json | undefined }
