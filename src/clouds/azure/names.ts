import { identityId } from '../../model/identity.ts'
import type { CloudNames } from '../../signals/any-cloud.ts'
import type { Draft } from '../../signals/draft.ts'
import { at, textAt } from '../../signals/members.ts'

const GUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/
const ISSUER = /^https:\/\/(?:sts\.windows\.net|login\.microsoftonline\.com)\/([^/]+)/
const NO_ONE = '00000000-0000-0000-0000-000000000000'

/**
 * Returns the id of an identity of Azure. The inventory and the readers of records both make their ids here, so that an event
 * means the identity that a plan selects.
 *
 * @param account id of the tenant
 */
export function azureId(account: string, kind: string, name: string): string {
  return identityId('azure', account, kind, name)
}

export function guid(value: string | undefined): string | undefined {
  return value !== undefined && GUID.test(value) && value !== NO_ONE ? value.toLowerCase() : undefined
}

/** The tenant in `/tenants/<id>/providers/…`. */
export function tenantIn(resource: string | undefined): string | undefined {
  return guid(/^\/tenants\/([^/]+)\//i.exec(resource ?? '')?.[1])
}

/** A principal by its object id, which is its name in the inventory as well. */
export function directoryPrincipal(
  tenant: string | undefined,
  of: {
    objectId: string | undefined
    managed: boolean
    appId: string | undefined
    shown?: string | undefined
  },
): Draft['identity'] {
  const kind = of.managed ? 'managed-identity' : 'service-principal'
  const uid = guid(of.objectId)
  return {
    id: uid === undefined || tenant === undefined ? undefined : azureId(tenant, kind, uid),
    uid,
    kind,
    name: uid ?? guid(of.appId) ?? of.shown,
  }
}

/** Claims of a token under the short names of v2 tokens and the long ones of v1. */
export interface Claims {
  tenant: string | undefined
  objectId: string | undefined
  appId: string | undefined
  /** `app` for a token that no user stands behind. */
  app: boolean
  /** The resource id of the managed identity; its presence says that it is one. */
  managed: string | undefined
  token: string | undefined
  address: string | undefined
}

const SCHEMA = 'http://schemas.microsoft.com/identity/claims/'

export function claimsOf(claims: unknown): Claims {
  const issuer = textAt(claims, 'iss')
  const user =
    textAt(claims, 'upn') ?? textAt(claims, 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn')
  const scope = textAt(claims, 'scp') ?? textAt(claims, `${SCHEMA}scope`)
  return {
    tenant: guid(
      textAt(claims, 'tid') ?? textAt(claims, `${SCHEMA}tenantid`) ?? ISSUER.exec(issuer ?? '')?.[1],
    ),
    objectId: textAt(claims, 'oid') ?? textAt(claims, `${SCHEMA}objectidentifier`),
    appId: textAt(claims, 'appid') ?? textAt(claims, 'azp'),
    app: textAt(claims, 'idtyp') === 'app' || (user === undefined && scope === undefined),
    managed: textAt(claims, 'xms_mirid'),
    token: textAt(claims, 'uti'),
    address: textAt(claims, 'ipaddr'),
  }
}

export function claimed(tenant: string | undefined, claims: Claims): Draft['identity'] {
  const { objectId, appId, app, managed, token } = claims
  if (!app) return { kind: 'user', uid: guid(objectId), name: objectId ?? appId, session: token }
  return {
    ...directoryPrincipal(tenant, { objectId, appId, managed: managed !== undefined }),
    session: token,
  }
}

/** Statuses come as numbers and as texts. */
export function codeOf(value: unknown, ...path: string[]): number | undefined {
  const text = textAt(value, ...path)
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** Resource ids keep no case: logs shout them, Azure Resource Manager does not. */
export function resourceId(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' ? found.toLowerCase() : undefined
}

/** How records of no cloud's own format name identities of Entra. */
export const names: CloudNames = {
  identify(text, { cloud, account }) {
    const objectId = guid(text)
    if (cloud !== 'azure' || objectId === undefined) return undefined
    const tenant = guid(account)
    return {
      account: tenant,
      identity: directoryPrincipal(tenant, { objectId, managed: false, appId: undefined }),
    }
  },
  credentialIn: guid,
  accountOfIssuer: issuer => /^[0-9a-fA-F-]{36}/.exec(ISSUER.exec(issuer)?.[1] ?? '')?.[0],
}
