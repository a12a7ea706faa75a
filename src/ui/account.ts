import { cloudTitle } from '../toolkit/cloud-title.ts'
import { plain } from './text.ts'

interface NamedAccount {
  cloud: string
  account: string
  alias?: string | undefined
}

/** `AWS 111122223333 (acme-prod)`. */
export function accountWhole({ cloud, account, alias }: NamedAccount): string {
  return `${cloudTitle(cloud)} ${plain(account)}${alias ? ` (${plain(alias)})` : ''}`
}

/** `Azure Acme`: where there is little room, a tenant's name says more than its id. */
export function accountText({ cloud, account, alias }: NamedAccount): string {
  // The signed-in identity, while the sign-in is still pending.
  if (account === 'self' || account === '') return cloudTitle(cloud)
  const long = account.length > 20 && alias !== undefined && alias !== ''
  return `${cloudTitle(cloud)} ${plain(long ? alias : account)}`
}
