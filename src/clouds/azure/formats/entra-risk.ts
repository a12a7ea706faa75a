import { Unreadable } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, type Members, textAt } from '../../../signals/members.ts'
import { directoryPrincipal, guid } from '../names.ts'
import { azureRow, lowered, tenantOf, textOfAny } from './azure-row.ts'

const RISKY = 'RiskyServicePrincipals'
const EVENTS = 'ServicePrincipalRiskEvents'
const SEVERITY: { readonly [level: string]: number } = { low: 30, medium: 50, high: 75 }
/** The risk is over, or somebody said that there is none ("riskyServicePrincipal resource type", `riskState`). */
const OVER: ReadonlySet<string> = new Set(['none', 'confirmedsafe', 'remediated', 'dismissed'])

/**
 * Risky service principals and the detections behind them (Microsoft Entra ID Protection for workload identities), as
 * diagnostic settings send them, as Log Analytics and as Microsoft Graph have them.
 */
export const entraRisk: Format = {
  name: 'entra-risk',
  fits: record => rowOf(record) !== undefined,
  read(record, context) {
    const row = rowOf(record)
    if (row === undefined) return []
    const { category, said, around } = row
    if (OVER.has((textAt(said, 'riskstate') ?? '').toLowerCase())) return []
    const level = (textOfAny(said, 'risklevel') ?? '').toLowerCase()
    const tenant = tenantOf(row, context.tenant)
    const isEvent = category === EVENTS
    const objectId = textAt(said, isEvent ? 'serviceprincipalid' : 'id')
    const time = isEvent
      ? (at(said, 'activitydatetime') ?? at(said, 'detecteddatetime'))
      : at(said, 'risklastupdateddatetime')
    if (objectId === undefined)
      throw new Unreadable('a risk of Microsoft Entra that does not say whose it is')
    return [
      {
        id: isEvent ? textAt(said, 'id') : `${objectId} ${String(time ?? '')} ${level}`,
        time: time ?? around['time'] ?? around['timegenerated'],
        cloud: 'azure',
        account: tenant,
        identity: directoryPrincipal(tenant, {
          objectId,
          appId: textAt(said, 'appid'),
          managed: /managed/i.test(textAt(said, 'serviceprincipaltype') ?? ''),
          shown: textOfAny(said, 'displayname', 'serviceprincipaldisplayname'),
        }),
        action: 'finding',
        outcome: 'success',
        sourceIp: textAt(said, 'ipaddress'),
        country: textAt(said, 'location', 'countryOrRegion') ?? textAt(said, 'location'),
        finding: {
          category: textAt(said, 'riskeventtype') ?? textAt(said, 'riskdetail') ?? 'riskyServicePrincipal',
          severity: SEVERITY[level] ?? 0,
        },
        details: {
          category,
          displayName: textOfAny(said, 'displayname', 'serviceprincipaldisplayname'),
          appId: guid(textAt(said, 'appid')),
          riskLevel: level,
          riskState: at(said, 'riskstate'),
          riskDetail: at(said, 'riskdetail'),
          riskType: at(said, 'riskeventtype'),
          activity: at(said, 'activity'),
          source: at(said, 'source'),
          detectionTiming: at(said, 'detectiontimingtype'),
          keys: at(said, 'keyids'),
        },
      },
    ]
  },
}

function rowOf(record: Members): { category: string; said: Members; around: Members } | undefined {
  const row = azureRow(record)
  if (row !== undefined) return row.category === RISKY || row.category === EVENTS ? row : undefined
  const isRisk = 'riskState' in record && 'riskLevel' in record
  const isEvent = isRisk && 'servicePrincipalId' in record && 'riskEventType' in record
  const isListed = isRisk && 'riskLastUpdatedDateTime' in record && 'servicePrincipalType' in record
  if (!isEvent && !isListed) return undefined
  const said = lowered(record)
  return { category: isEvent ? EVENTS : RISKY, said, around: said }
}
