import type { Signal } from '../../../model/signal.ts'
import type { Format } from '../../../signals/format.ts'
import { at, type Members, textAt } from '../../../signals/members.ts'
import { codeOf, directoryPrincipal, guid } from '../names.ts'
import { azureRow, tenantOf, textOfAny } from './azure-row.ts'

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

/**
 * Requests to Microsoft Graph ("MicrosoftGraphActivityLogs" in the Azure Monitor reference). The action is the method and
 * the path with ids left out, e.g. `POST /applications/{id}/addPassword`; the resource is the path as it was.
 */
export const graphActivity: Format = {
  name: 'graph-activity',
  fits: record => azureRow(record)?.category === 'MicrosoftGraphActivityLogs',
  read(record, context) {
    const row = azureRow(record)
    if (row === undefined) return []
    const { said, around } = row
    const tenant = tenantOf(row, context.tenant)
    const path = pathOf(textAt(said, 'requesturi'))
    const method = textAt(said, 'requestmethod')
    const user = guid(textAt(said, 'userid'))
    const session = textAt(said, 'signinactivityid')
    const objectId = textAt(said, 'serviceprincipalid')
    return [
      {
        id: textAt(said, 'requestid') ?? textAt(said, 'operationid'),
        time: at(said, 'timegenerated') ?? around['time'],
        cloud: 'azure',
        account: tenant,
        identity:
          user === undefined
            ? {
                ...directoryPrincipal(tenant, { objectId, appId: textAt(said, 'appid'), managed: false }),
                session,
              }
            : { kind: 'user', uid: user, name: user, session },
        action:
          method === undefined || path === undefined
            ? undefined
            : `${method.toUpperCase()} ${path.replace(/^\/(?:v1\.0|beta)(?=\/|$)/, '').replaceAll(GUID, '{id}')}`,
        resource: path,
        outcome: outcomeOf(said),
        sourceIp: textOfAny(said, 'ipaddress') ?? textAt(around, 'calleripaddress'),
        userAgent: textAt(said, 'useragent'),
        details: {
          appId: guid(textAt(said, 'appid')),
          status: at(said, 'responsestatuscode'),
          roles: words(said, 'roles'),
          scopes: words(said, 'scopes'),
          apiVersion: at(said, 'apiversion'),
          clientAuthMethod: at(said, 'clientauthmethod'),
          directoryRoles: words(said, 'wids'),
          batch: at(said, 'requestid'),
        },
      },
    ]
  },
}

/** Without host and query, which may hold what somebody searched for. */
function pathOf(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined
  const path = uri.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '')
  return path === '' ? undefined : path.replaceAll(/\/{2,}/g, '/')
}

function words(said: Members, name: string): unknown {
  const value = at(said, name)
  return typeof value === 'string' ? value.split(/[\s,]+/).filter(each => each !== '') : value
}

function outcomeOf(said: Members): Signal['outcome'] {
  const status = codeOf(said, 'responsestatuscode')
  if (status === undefined || status < 400) return 'success'
  return status === 401 || status === 403 ? 'denied' : 'failure'
}
