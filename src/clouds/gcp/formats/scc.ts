import { Unreadable } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, listAt, textAt } from '../../../signals/members.ts'
import { callerOf, keyOf } from '../names.ts'

const SEVERITY: { readonly [severity: string]: number } = { LOW: 30, MEDIUM: 50, HIGH: 75, CRITICAL: 95 }

/**
 * Security Command Center's notification: NotificationMessage with a Finding and its Access, "Security Command Center
 * API". It is the only one of Google's sources that names a country.
 */
export const scc: Format = {
  name: 'scc',
  fits: record =>
    isMembers(record['finding']) && ('notificationConfigName' in record || 'resource' in record),
  read(record) {
    const finding = record['finding']
    if ((textAt(finding, 'state') ?? 'ACTIVE') !== 'ACTIVE') return []
    const category = textAt(finding, 'category')
    if (category === undefined) throw new Unreadable('an scc finding without a category')
    const access = at(finding, 'access')
    const { account, identity } = callerOf(
      textAt(access, 'principalEmail'),
      textAt(access, 'principalSubject'),
    )
    const [service, method] = [textAt(access, 'serviceName'), textAt(access, 'methodName')]
    const time = at(finding, 'eventTime') ?? at(finding, 'createTime')
    return [
      {
        // One finding changes as it goes on; each event time of it is reported once.
        id: `${textAt(finding, 'name') ?? category} ${typeof time === 'string' ? time : ''}`,
        time,
        cloud: 'gcp',
        account:
          account ??
          projectOf(textAt(finding, 'resourceName'), textAt(record, 'resource', 'projectDisplayName')),
        // A name that people see is not the project's id.
        recordedIn: projectOf(textAt(finding, 'resourceName'), undefined),
        identity: { ...identity, credential: keyOf(textAt(access, 'serviceAccountKeyName')) },
        action: method === undefined ? 'finding' : service === undefined ? method : `${service}/${method}`,
        resource: textAt(finding, 'resourceName'),
        outcome: 'success',
        sourceIp: textAt(access, 'callerIp'),
        country: textAt(access, 'callerIpGeo', 'regionCode'),
        userAgent: textAt(access, 'userAgent') ?? textAt(access, 'userAgentFamily'),
        finding: { category, severity: SEVERITY[textAt(finding, 'severity') ?? ''] ?? 0 },
        details: {
          findingClass: at(finding, 'findingClass'),
          findingName: at(finding, 'name'),
          mute: at(finding, 'mute'),
          description: at(finding, 'description'),
          principalEmail: at(access, 'principalEmail'),
          principalSubject: at(access, 'principalSubject'),
          delegation: listAt(access, 'serviceAccountDelegationInfo').map(
            each => textAt(each, 'principalSubject') ?? textAt(each, 'principalEmail'),
          ),
        },
      },
    ]
  },
}

function projectOf(resource: string | undefined, shown: string | undefined): string | undefined {
  const named = /\/projects\/([^/]+)/.exec(resource ?? '')?.[1]
  return named !== undefined && !/^\d+$/.test(named) ? named : shown
}
