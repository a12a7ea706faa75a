import type { Signal } from '../../../model/signal.ts'
import type { Draft } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, listAt, type Members, textAt } from '../../../signals/members.ts'
import { codeOf, directoryPrincipal, guid } from '../names.ts'
import { azureRow, lowered, tenantOf, textOfAny } from './azure-row.ts'

const PRINCIPAL = 'ServicePrincipalSignInLogs'
const MANAGED = 'ManagedIdentitySignInLogs'
const USERS: ReadonlySet<string> = new Set(['SignInLogs', 'NonInteractiveUserSignInLogs'])

/**
 * Sign-ins of service principals, managed identities and users: as diagnostic settings send them, as the tables of Log
 * Analytics have them ("AADServicePrincipalSignInLogs" in the Azure Monitor reference) and as Microsoft Graph lists them
 * ("signIn resource type").
 */
export const entraSignIn: Format = {
  name: 'entra-sign-in',
  fits: record => rowOf(record) !== undefined,
  read(record, context) {
    const row = rowOf(record)
    if (row === undefined) return []
    const { category, said, around } = row
    const tenant = tenantOf(row, context.tenant, ['resourcetenantid', 'aadtenantid'])
    const code = codeOf(said, 'status', 'errorCode') ?? codeOf(around, 'resulttype')
    return [
      {
        id: textOfAny(said, 'id', 'originalrequestid'),
        time: at(said, 'createddatetime') ?? around['time'] ?? around['timegenerated'],
        cloud: 'azure',
        account: tenant,
        identity: who(row, tenant),
        action: textAt(around, 'operationname') ?? 'Sign-in activity',
        resource: textOfAny(said, 'resourcedisplayname', 'resourceid'),
        outcome: outcomeOf(code, around),
        sourceIp: textOfAny(said, 'ipaddress') ?? textAt(around, 'calleripaddress'),
        country: countryOf(said, around),
        userAgent: textAt(said, 'useragent'),
        // Rows are put together by principal, status, address and resource, over an hour at most.
        count: at(said, 'count'),
        details: { ...detailsOf(said, code), category },
      },
    ]
  },
}

interface Row {
  category: string
  said: Members
  around: Members
}

function rowOf(record: Members): Row | undefined {
  const row = azureRow(record)
  if (row !== undefined) return isSignIn(row.category) ? row : undefined
  const category = listedCategory(record)
  if (category === undefined) return undefined
  const said = lowered(record)
  return { category, said, around: said }
}

function isSignIn(category: string): boolean {
  return category === PRINCIPAL || category === MANAGED || USERS.has(category)
}

/** Graph's listing has no category: the types of the event say it, and v1.0 lists users alone. */
function listedCategory(record: Members): string | undefined {
  if (!isMembers(record['status']) || !('createdDateTime' in record) || !('appId' in record)) return undefined
  if (!('ipAddress' in record) && !('signInEventTypes' in record)) return undefined
  const types = listAt(record, 'signInEventTypes')
  if (types.includes('managedIdentity')) return MANAGED
  if (types.includes('servicePrincipal')) return PRINCIPAL
  return types.includes('nonInteractiveUser') ? 'NonInteractiveUserSignInLogs' : 'SignInLogs'
}

function who({ category, said, around }: Row, tenant: string | undefined): Draft['identity'] {
  const session = textAt(said, 'uniquetokenidentifier')
  if (USERS.has(category)) {
    const uid = guid(textAt(said, 'userid'))
    const name = textOfAny(said, 'userprincipalname', 'userdisplayname') ?? textAt(around, 'identity')
    return { kind: 'user', uid, name: name ?? uid, session }
  }
  const objectId = textAt(said, 'serviceprincipalid')
  const appId = textAt(said, 'appid')
  const shown = textAt(said, 'serviceprincipalname') ?? textAt(around, 'identity')
  return {
    ...directoryPrincipal(tenant, { objectId, appId, managed: category === MANAGED, shown }),
    // The credential of the sign-in: a failed one names none, since none fitted.
    credential:
      textAt(said, 'serviceprincipalcredentialkeyid') ?? guid(textAt(said, 'federatedcredentialid')),
    session,
  }
}

/** `Location` is the country in a table and in the envelope, and an object in a record; `LocationDetails` the object in a table. */
function countryOf(said: Members, around: Members): string | undefined {
  return (
    textAt(said, 'location', 'countryOrRegion') ??
    textAt(said, 'locationdetails', 'countryOrRegion') ??
    textAt(said, 'location') ??
    textAt(around, 'location')
  )
}

/** AADSTS 90xxx are faults of the service, as in "Microsoft Entra authentication and authorization error codes". */
function outcomeOf(code: number | undefined, around: Members): Signal['outcome'] {
  if (code === undefined) return textAt(around, 'resulttype') === undefined ? 'success' : 'failure'
  if (code === 0) return 'success'
  return code >= 90_000 && code < 100_000 ? 'failure' : 'denied'
}

function detailsOf(said: Members, code: number | undefined): Members {
  return {
    displayName: textOfAny(said, 'serviceprincipalname', 'userdisplayname'),
    appId: guid(textAt(said, 'appid')),
    appName: textAt(said, 'appdisplayname'),
    /** Where the application is registered: another tenant's is a third party's. */
    ownerTenant: guid(textAt(said, 'appownertenantid')),
    errorCode: code,
    failureReason: at(said, 'status', 'failureReason') ?? textAt(said, 'resultdescription'),
    credentialType: at(said, 'clientcredentialtype'),
    federatedCredential: at(said, 'federatedcredentialid'),
    resourceId: at(said, 'resourceid'),
    conditionalAccess: at(said, 'conditionalaccessstatus'),
    asn: at(said, 'autonomoussystemnumber'),
    city: at(said, 'location', 'city') ?? at(said, 'locationdetails', 'city'),
    risk: textOfAny(said, 'risklevelaggregated'),
    count: at(said, 'count'),
    managedIdentityType: at(said, 'managedidentitytype'),
    tokenType: at(said, 'incomingtokentype'),
  }
}
