import { identityId } from '../../model/identity.ts'
import { accessKeyOf, namedByArn, principal, principalId } from '../aws-names.ts'
import { countryCode } from '../country-code.ts'
import { type Draft, Unreadable } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, isMembers, listAt, type Members, textAt } from '../members.ts'

/**
 * GuardDuty's findings as EventBridge sends them (camelCase: Amazon GuardDuty User Guide, "Processing GuardDuty
 * findings with Amazon EventBridge") and as GetFindings returns them, which is the same tree in PascalCase.
 */
export const guardduty: Format = {
  name: 'guardduty',
  fits: record =>
    (isMembers(record['resource']) && 'schemaVersion' in record && isMembers(record['service'])) ||
    (isMembers(record['Resource']) && 'SchemaVersion' in record && isMembers(record['Service'])),
  read(record) {
    const finding = 'Resource' in record ? camel(record) : record
    const account = textAt(finding, 'accountId')
    const service = at(finding, 'service')
    const call = at(service, 'action', 'awsApiCallAction')
    const remote = at(call, 'remoteIpDetails')
    if (at(service, 'archived') === true) return []
    const type = textAt(finding, 'type')
    if (type === undefined) throw new Unreadable('a guardduty finding without a type')
    const severity = Number(at(finding, 'severity'))
    const count = at(service, 'count')
    return [
      {
        // A finding is sent again as it goes on: each of its states is told once.
        id: `${textAt(finding, 'id') ?? ''}/${textAt(finding, 'updatedAt') ?? ''}/${textAt(service, 'count') ?? ''}`,
        time: at(service, 'eventLastSeen') ?? at(finding, 'updatedAt') ?? at(finding, 'createdAt'),
        cloud: 'aws',
        account,
        identity: keyHolder(at(finding, 'resource', 'accessKeyDetails'), account),
        action: actionOf(call),
        resource: textAt(finding, 'resource', 'resourceType'),
        outcome: textAt(call, 'errorCode') === undefined ? 'success' : 'denied',
        sourceIp: textAt(remote, 'ipAddressV4') ?? textAt(remote, 'ipAddressV6'),
        country:
          textAt(remote, 'country', 'countryCode') ?? countryCode(textAt(remote, 'country', 'countryName')),
        userAgent: textAt(call, 'userAgent'),
        finding: { category: type, severity: Number.isFinite(severity) ? severity * 10 : 0 },
        details: {
          findingId: finding['id'],
          title: finding['title'],
          region: finding['region'],
          count,
          userType: at(finding, 'resource', 'accessKeyDetails', 'userType'),
          errorCode: at(call, 'errorCode'),
          city: at(remote, 'city', 'cityName'),
          asn: at(remote, 'organization', 'asn'),
          organization: at(remote, 'organization', 'asnOrg'),
        },
      },
    ]
  },
}

/**
 * Findings as Security Hub keeps them (AWS Security Finding Format). A key's resource is `AwsIamAccessKey`, with the
 * user's ARN as its id, or `AWS::IAM::AccessKey`, with the key's own id.
 */
export const asff: Format = {
  name: 'asff',
  fits: record => 'AwsAccountId' in record && 'ProductArn' in record && Array.isArray(record['Resources']),
  read(record) {
    if (textAt(record, 'RecordState') === 'ARCHIVED') return []
    const account = textAt(record, 'AwsAccountId')
    const label = textAt(record, 'Severity', 'Label') ?? ''
    const normalized = Number(at(record, 'Severity', 'Normalized') ?? Number.NaN)
    const category = textAt(record, 'GeneratorId')
    const type = listAt(record, 'Types').find(each => typeof each === 'string')
    return [
      {
        id: `${textAt(record, 'Id') ?? ''}/${textAt(record, 'UpdatedAt') ?? ''}`,
        time: at(record, 'LastObservedAt') ?? at(record, 'UpdatedAt') ?? at(record, 'CreatedAt'),
        cloud: 'aws',
        account,
        identity: asffIdentity(listAt(record, 'Resources'), account),
        action: actionOf(at(record, 'Action', 'AwsApiCallAction'), 'Api', 'ServiceName'),
        resource: textAt(record, 'Resources', '0', 'Id'),
        outcome: 'success',
        sourceIp: textAt(record, 'Action', 'AwsApiCallAction', 'RemoteIpDetails', 'IpAddressV4'),
        country: textAt(record, 'Action', 'AwsApiCallAction', 'RemoteIpDetails', 'Country', 'CountryCode'),
        finding: {
          category: String(type ?? category ?? 'finding'),
          severity: Number.isFinite(normalized) ? normalized : (LABELS[label] ?? 0),
        },
        details: {
          title: record['Title'],
          product: record['ProductName'],
          generator: category,
          types: record['Types'],
          region: record['Region'],
          workflow: at(record, 'Workflow', 'Status'),
        },
      },
    ]
  },
}

const LABELS: { readonly [label: string]: number } = { LOW: 20, MEDIUM: 50, HIGH: 80, CRITICAL: 95 }

function actionOf(call: unknown, api = 'api', service = 'serviceName'): string {
  const [name, source] = [textAt(call, api), textAt(call, service)]
  if (name === undefined) return 'finding'
  return source === undefined ? name : `${source.replace(/\.amazonaws\.com$/, '')}:${name}`
}

/** "IAMUser" in a finding's type also means roles; `userType` tells them apart. */
function keyHolder(details: unknown, account: string | undefined): Draft['identity'] {
  const name = textAt(details, 'userName')
  const { uid, session } = principalId(textAt(details, 'principalId'))
  const credential = accessKeyOf(textAt(details, 'accessKeyId'))
  const type = textAt(details, 'userType')
  if (type === 'AssumedRole' || type === 'Role')
    return { ...principal(account, 'role', name), uid, session, credential }
  if (type === 'IAMUser' || type === 'FederatedUser') {
    return { ...principal(account, 'user', name), uid, credential }
  }
  return { kind: type === 'Root' ? 'root' : type, name: name ?? credential, uid, credential }
}

function asffIdentity(resources: readonly unknown[], account: string | undefined): Draft['identity'] {
  for (const resource of resources.slice(0, 20)) {
    const [type, id] = [textAt(resource, 'Type'), textAt(resource, 'Id')]
    if (type === 'AwsIamRole' || type === 'AwsIamUser') {
      const named = namedByArn(id)
      if (named !== undefined) return named.identity
    }
    if (type === 'AwsIamAccessKey' || type === 'AWS::IAM::AccessKey') return asffKey(resource, id, account)
  }
  return { name: textAt(resources[0], 'Id') }
}

function asffKey(resource: unknown, id: string | undefined, account: string | undefined): Draft['identity'] {
  const details = at(resource, 'Details', 'AwsIamAccessKey')
  const credential = accessKeyOf(textAt(details, 'AccessKeyId') ?? id?.replace(/^AWS::IAM::AccessKey:/, ''))
  const name = textAt(details, 'PrincipalName') ?? textAt(details, 'UserName')
  const { uid } = principalId(textAt(details, 'PrincipalId'))
  const named = namedByArn(id)
  if (named !== undefined) return { ...named.identity, uid, credential }
  if (name !== undefined) {
    const role = /role/i.test(textAt(details, 'PrincipalType') ?? '')
    return { ...principal(account, role ? 'role' : 'user', name), uid, credential }
  }
  // Nothing says whose key it is; the key itself is in the inventory when it is a permanent one.
  const permanent =
    credential?.startsWith('AKIA') === true && account !== undefined && /^\d{12}$/.test(account)
  return {
    id: permanent ? identityId('aws', account, 'access-key', credential) : undefined,
    kind: 'access-key',
    name: credential ?? id,
    credential,
  }
}

/** The same tree with each member's first letter small. Its depth is bounded by whoever read the record. */
function camel(value: unknown): Members {
  const small = (inside: unknown): unknown => {
    if (Array.isArray(inside)) return inside.map(small)
    if (!isMembers(inside)) return inside
    return Object.fromEntries(
      Object.entries(inside).map(([name, member]) => [
        name.slice(0, 1).toLowerCase() + name.slice(1),
        small(member),
      ]),
    )
  }
  return small(value) as Members
}
