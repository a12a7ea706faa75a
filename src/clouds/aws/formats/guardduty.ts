import { countryCode, countryOf } from '../../../signals/country-code.ts'
import { Unreadable } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, listAt, type Members, textAt } from '../../../signals/members.ts'
import { accessKeyOf, awsId, isDenied, namedByArn, principal, principalId } from '../names.ts'
import { type Holder, holdersOf } from './guardduty-holder.ts'

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
    const endpoint = at(service, 'detection', 'sequence', 'endpoints', '0')
    const code = textAt(call, 'errorCode')
    // A finding is sent again as it goes on: each of its states is reported once, for each whom it accuses.
    const id = `${textAt(finding, 'id') ?? ''}/${textAt(finding, 'updatedAt') ?? ''}/${textAt(service, 'count') ?? ''}`
    return holdersOf(finding, account).map((holder, index) => ({
      id: index === 0 ? id : `${id}/${index}`,
      time: at(service, 'eventLastSeen') ?? at(finding, 'updatedAt') ?? at(finding, 'createdAt'),
      cloud: 'aws',
      account: holder.account ?? account,
      recordedIn: account,
      identity: holder.identity,
      action: actionOf(call),
      resource: resourceOf(finding),
      outcome: code === undefined ? 'success' : isDenied(code) ? 'denied' : 'failure',
      sourceIp: textAt(remote, 'ipAddressV4') ?? textAt(remote, 'ipAddressV6') ?? textAt(endpoint, 'ip'),
      country:
        textAt(remote, 'country', 'countryCode') ??
        countryCode(textAt(remote, 'country', 'countryName')) ??
        countryOf(textAt(endpoint, 'location', 'country')),
      userAgent: textAt(call, 'userAgent'),
      finding: { category: type, severity: Number.isFinite(severity) ? severity * 10 : 0 },
      details: {
        findingId: finding['id'],
        title: finding['title'],
        region: finding['region'],
        count,
        resourceType: at(finding, 'resource', 'resourceType'),
        instance: at(finding, 'resource', 'instanceDetails', 'instanceId'),
        cluster: at(finding, 'resource', 'eksClusterDetails', 'name'),
        userType: at(finding, 'resource', 'accessKeyDetails', 'userType'),
        errorCode: code,
        city: at(remote, 'city', 'cityName'),
        asn: at(remote, 'organization', 'asn'),
        organization: at(remote, 'organization', 'asnOrg'),
      },
    }))
  },
}

/** The thing that was worked on, where the finding names it. */
function resourceOf(finding: Members): string | undefined {
  const resource = at(finding, 'resource')
  return (
    textAt(resource, 's3BucketDetails', '0', 'arn') ??
    textAt(resource, 'lambdaDetails', 'functionArn') ??
    textAt(resource, 'eksClusterDetails', 'arn') ??
    textAt(resource, 'instanceDetails', 'instanceId') ??
    textAt(resource, 'resourceType')
  )
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
    const holder = asffHolder(listAt(record, 'Resources'), account)
    return [
      {
        id: `${textAt(record, 'Id') ?? ''}/${textAt(record, 'UpdatedAt') ?? ''}`,
        time: at(record, 'LastObservedAt') ?? at(record, 'UpdatedAt') ?? at(record, 'CreatedAt'),
        cloud: 'aws',
        account: holder.account ?? account,
        recordedIn: account,
        identity: holder.identity,
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

const KEYS: ReadonlySet<unknown> = new Set(['AwsIamAccessKey', 'AWS::IAM::AccessKey'])
const PRINCIPALS: ReadonlySet<unknown> = new Set([
  'AwsIamRole',
  'AwsIamUser',
  'AWS::IAM::Role',
  'AWS::IAM::User',
])

/** The holder of the key that a finding names; without a key, its role or user, and the role of a function. */
function asffHolder(resources: readonly unknown[], account: string | undefined): Holder {
  const some = resources.slice(0, 20)
  const named = some
    .filter(each => PRINCIPALS.has(at(each, 'Type')))
    .map(each => namedByArn(textAt(each, 'Id')))
  const principalNamed = named.find(each => each !== undefined)
  const key = some.find(each => KEYS.has(at(each, 'Type')))
  if (key !== undefined) {
    const holder = asffKey(key, account)
    if (holder.identity.kind !== 'access-key' || principalNamed === undefined) return holder
    const { credential } = holder.identity
    return { ...principalNamed, identity: { ...principalNamed.identity, credential } }
  }
  if (principalNamed !== undefined) return principalNamed
  for (const resource of some) {
    const role = namedByArn(textAt(resource, 'Details', 'AwsLambdaFunction', 'Role'))
    if (role !== undefined) return role
  }
  return { identity: { name: textAt(resources[0], 'Id') } }
}

/** A session's key is held by the role that issued it, which is named beside it. */
function asffKey(resource: unknown, account: string | undefined): Holder {
  const id = textAt(resource, 'Id')
  const details = at(resource, 'Details', 'AwsIamAccessKey')
  const credential = accessKeyOf(textAt(details, 'AccessKeyId') ?? id?.replace(/^AWS::IAM::AccessKey:/, ''))
  const name = textAt(details, 'PrincipalName') ?? textAt(details, 'UserName')
  const { uid, session } = principalId(textAt(details, 'PrincipalId'))
  const issuer = at(details, 'SessionContext', 'SessionIssuer')
  const named = namedByArn(textAt(issuer, 'Arn')) ?? namedByArn(id)
  if (named !== undefined) return { ...named, identity: { ...named.identity, uid, session, credential } }
  const isRole = /role/i.test(textAt(issuer, 'Type') ?? textAt(details, 'PrincipalType') ?? '')
  const own = textAt(issuer, 'AccountId') ?? textAt(details, 'AccountId') ?? account
  const called = textAt(issuer, 'UserName') ?? name
  if (called !== undefined) {
    return {
      account: own,
      identity: { ...principal(own, isRole ? 'role' : 'user', called), uid, session, credential },
    }
  }
  // Nothing says whose key it is; the key itself is in the inventory when it is a permanent one.
  const permanent =
    credential?.startsWith('AKIA') === true && account !== undefined && /^\d{12}$/.test(account)
  return {
    identity: {
      id: permanent ? awsId(account, 'access-key', credential) : undefined,
      kind: 'access-key',
      name: credential ?? id,
      credential,
    },
  }
}

/** The same tree with each member's first letter small. The reader of the record has bounded its depth. */
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
