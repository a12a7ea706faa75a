import { accessKeyOf, namedByArn, principal, principalId } from '../clouds/aws/names.ts'
import { directoryPrincipal, guid } from '../clouds/azure/names.ts'
import { isServiceAccount, keyOf, serviceAccount } from '../clouds/gcp/names.ts'
import { parseIdentityId } from '../model/identity.ts'
import type { Draft } from './draft.ts'

/** Names that a record of no cloud's own format has for somebody. */
export interface Named {
  cloud?: string | undefined
  account?: string | undefined
  /** An ARN, an email, an object id, or an id of the inventory. */
  name?: string | undefined
  uid?: string | undefined
  type?: string | undefined
  session?: string | undefined
  credential?: string | undefined
}

export interface Found {
  cloud: string
  account: string | undefined
  identity: Draft['identity']
}

/** Who is meant, in any cloud: by what the names look like, and no further than they say. */
export function anyIdentity(named: Named): Found {
  const { account, session, type } = named
  const credential =
    accessKeyOf(named.credential) ?? keyOf(named.credential) ?? guid(named.credential) ?? named.credential
  const rest = { session, credential }
  for (const text of [named.uid, named.name]) {
    const found = byForm(text, named)
    if (found !== undefined) return { ...found, identity: { ...defined(rest), ...defined(found.identity) } }
  }
  const { uid } = named.cloud === 'aws' ? principalId(named.uid) : { uid: named.uid }
  const kind = /role/i.test(type ?? '') ? 'role' : /user/i.test(type ?? '') ? 'user' : undefined
  const known = named.cloud === 'aws' && kind !== undefined ? principal(account, kind, named.name) : undefined
  return {
    cloud: named.cloud ?? 'other',
    account,
    identity: { kind: type, name: named.name ?? named.uid, ...known, uid, ...rest },
  }
}

function byForm(text: string | undefined, { cloud, account }: Named): Found | undefined {
  if (text === undefined || text.length > 1_000) return undefined
  if (/^(?:aws|gcp|azure):[^:/]*:[a-z-]+\/./.test(text)) {
    const { kind, name, ...of } = parseIdentityId(text)
    return { ...of, identity: { id: text, kind, name } }
  }
  const arn = namedByArn(text)
  if (arn !== undefined) return { cloud: 'aws', ...arn }
  if (isServiceAccount(text)) {
    const found = serviceAccount(text)
    return { cloud: 'gcp', account: found.account ?? account, identity: found.identity }
  }
  const objectId = guid(text)
  if (cloud !== 'azure' || objectId === undefined) return undefined
  const tenant = guid(account)
  return {
    cloud: 'azure',
    account: tenant,
    identity: directoryPrincipal(tenant, { objectId, managed: false, appId: undefined }),
  }
}

function defined<Of extends object>(of: Of): Partial<Of> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Partial<Of>
}
