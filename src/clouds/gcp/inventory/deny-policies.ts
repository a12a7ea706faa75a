import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { quotaOf } from '../deny/quota.ts'
import { gcpCall } from '../http/call.ts'
import { gcpId } from '../names.ts'
import { accountOf, commonFacts } from './common-facts.ts'

/** As IAM v2 lists it: without its rules. */
interface DenyPolicy {
  /** `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F<number>/denypolicies/<id>` */
  name?: string
  uid?: string
  displayName?: string
  annotations?: { [name: string]: string }
  createTime?: string
}

/** The deny policies of the project itself. One call, but of five a minute. */
export async function denyPolicies(client: GcpClient): Promise<Identity[]> {
  const { protocol, apiEndpoint, port, payer = client.project } = await client.denyEndpoint()
  const { reads } = quotaOf(payer, protocol === 'http' ? `${apiEndpoint}:${port}` : undefined, client.timing)
  await reads.take(client.signal)
  const point = encodeURIComponent(`cloudresourcemanager.googleapis.com/projects/${client.projectNumber}`)
  const account = accountOf(client)
  const found: Identity[] = []
  const pages = client.pages<DenyPolicy>(
    gcpCall('GET', 'iam.policies.listPolicies', `/v2/policies/${point}/denypolicies`),
  )
  for await (const { name = '', uid, displayName = '', annotations = {}, createTime } of pages) {
    const id = name.split('/').at(-1) ?? ''
    found.push({
      id: gcpId(account, 'deny-policy', id),
      uid: uid ?? name,
      cloud: 'gcp',
      account,
      kind: 'deny-policy',
      name: id,
      facts: {
        ...commonFacts({ enabled: true, created: createTime }, client.timing.date()),
        displayName,
        ours: Object.keys(annotations).some(each => each.startsWith('interdict')),
        annotations,
      },
    })
  }
  return found
}
