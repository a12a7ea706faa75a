import type { Found } from '../../../signals/any-cloud.ts'
import type { OcsfNames } from '../../../signals/cloud-records.ts'
import { at, isMembers, textAt } from '../../../signals/members.ts'
import { accessKeyOf, namedByArn, principal, principalId, withoutType } from '../names.ts'

/** How AWS's own mapping to OCSF (Security Lake, Security Hub) names things. */
export const ocsf: OcsfNames = {
  providers: ['aws', 'amazon'],
  serviceOf: name => name.replace(/\.amazonaws\.com$/, ''),
  // Who comes from outside the account becomes the role in the request: a web identity, a SAML user, another account.
  assumed({ operation, userType, request }) {
    if (!operation.startsWith('AssumeRole') || !/WebIdentityUser|SAMLUser|AWSAccount/i.test(userType))
      return undefined
    const role = namedByArn(textAt(request, 'roleArn'))
    if (role === undefined) return undefined
    const session = textAt(request, 'roleSessionName')
    return { cloud: 'aws', account: role.account, identity: { ...role.identity, session } }
  },
  targetOf: request => textAt(request, 'roleArn') ?? textAt(request, 'policyArn'),
  holderOf,
  principalOf(uid) {
    const named = namedByArn(uid)
    return named && { cloud: 'aws', ...named }
  },
}

/** Types of the resource that is an access key. */
const KEYS = /^(?:AwsIamAccessKey|AWS::IAM::AccessKey|ACCESS_KEY)$/i

/** The holder of an access key, of which AWS puts the details as JSON into `data`. */
function holderOf(resource: unknown, account: string | undefined): Found | undefined {
  if (!KEYS.test(textAt(resource, 'type') ?? '')) return undefined
  const data = dataOf(resource)
  const details = at(data, 'AwsIamAccessKey') ?? at(data, 'accessKey') ?? data
  const name =
    textAt(details, 'PrincipalName') ??
    textAt(details, 'UserName') ??
    textAt(details, 'userName') ??
    ownerName(resource)
  const type =
    textAt(details, 'PrincipalType') ??
    textAt(details, 'userType') ??
    textAt(resource, 'owner', 'type') ??
    'IAMUser'
  const { uid, session } = principalId(textAt(details, 'PrincipalId') ?? textAt(details, 'principalId'))
  const credential = accessKeyOf(withoutType(textAt(resource, 'uid')))
  const issuer = namedByArn(textAt(details, 'SessionContext', 'SessionIssuer', 'Arn'))
  if (issuer !== undefined) {
    return { cloud: 'aws', ...issuer, identity: { ...issuer.identity, uid, session, credential } }
  }
  if (name === undefined) return undefined
  const kind = /role/i.test(type) ? 'role' : 'user'
  const own = textAt(details, 'AccountId') ?? account
  return { cloud: 'aws', account: own, identity: { ...principal(own, kind, name), uid, session, credential } }
}

function ownerName(resource: unknown): string | undefined {
  return textAt(resource, 'owner', 'name') ?? textAt(resource, 'user', 'name')
}

/** `data` of a resource: an object, or one as JSON. */
function dataOf(resource: unknown): unknown {
  const data = at(resource, 'data')
  if (isMembers(data) || typeof data !== 'string') return data
  try {
    return JSON.parse(data) as unknown
  } catch {
    return undefined
  }
}
