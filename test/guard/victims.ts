import { TENANT as LAB_TENANT, objectId } from '../../src/lab/azure/seed/ids.ts'
import { azureActivity, keyVault } from '../records/azure-resources.ts'
import { ACCOUNT, type RecordCase, TENANT } from '../records/case.ts'
import { cloudtrail } from '../records/cloudtrail.ts'
import { entraAudit, entraRisk, entraSignIn, graphActivity } from '../records/entra.ts'
import { asff, guardduty } from '../records/findings.ts'
import { cloudAudit, scc } from '../records/google.ts'
import { ocsf } from '../records/ocsf.ts'

/** Identities of the lab that records name. */
export const KEY = 'AKIAIOSFODNN7EXAMPLE'
export const PRINCIPAL = objectId('billing-export')
export { ACCOUNT }

const CASES: { readonly [format: string]: readonly RecordCase[] } = {
  cloudtrail,
  guardduty,
  asff,
  ocsf,
  'cloud-audit': cloudAudit,
  scc,
  'entra-sign-in': entraSignIn,
  'entra-audit': entraAudit,
  'entra-risk': entraRisk,
  'graph-activity': graphActivity,
  'azure-activity': azureActivity,
  'key-vault-audit': keyVault,
}
export const FORMATS = Object.keys(CASES)
export const CLOUD_OF: { readonly [format: string]: 'aws' | 'gcp' | 'azure' } = Object.fromEntries(
  FORMATS.map(format => [
    format,
    ['cloudtrail', 'guardduty', 'asff', 'ocsf'].includes(format)
      ? 'aws'
      : ['cloud-audit', 'scc'].includes(format)
        ? 'gcp'
        : 'azure',
  ]),
)

/** The record of now, of identities of the lab. @param at milliseconds since 1970 */
export function ofLab(record: unknown, at = Date.now() - 60_000): string {
  const seconds = new Date(at).toISOString().slice(0, 19)
  return JSON.stringify(record)
    .replaceAll(/2026-11-22T10:15:00(?=[.Z])/g, seconds)
    .replaceAll(String(Date.parse('2026-11-22T10:15:00Z')), String(at))
    .replaceAll(/AKIAEXAMPLE\w{9}/g, KEY)
    .replaceAll('bbbbbbbb-0000-4000-8000-000000000007', PRINCIPAL)
    .replaceAll(TENANT, LAB_TENANT)
}

/** All records of a format. */
export function recordsOf(format: string, at?: number): string[] {
  return (CASES[format] ?? []).map(({ record }) => ofLab(record, at))
}

/** One of a format that names an identity of the lab, as it is in its own envelope. */
export function victimOf(format: string, at?: number): string {
  const [mark = ''] = { aws: [KEY], gcp: ['checkout@'], azure: [PRINCIPAL] }[CLOUD_OF[format] ?? 'aws']
  const found = recordsOf(format, at).find(text => text.includes(mark) && !text.includes('"tables"'))
  if (found === undefined) throw new Error(`no record of ${format} names ${mark}`)
  return found
}

/** An event of EventBridge around a record of AWS, unless it is one. */
export function inEvent(record: string, more: object = {}): string {
  const given = JSON.parse(record) as { [name: string]: unknown }
  const event =
    'detail-type' in given
      ? given
      : {
          version: '0',
          id: 'cd2d702e-ab31-411b-9344-793ce56b1b11',
          'detail-type': 'AWS API Call via CloudTrail',
          source: 'aws.iam',
          account: ACCOUNT,
          time: new Date().toISOString(),
          region: 'eu-west-1',
          resources: [],
          detail: given,
        }
  return JSON.stringify({ ...event, ...more })
}

/** A message of SNS around a text. */
export function inTopic(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: `arn:aws:sns:eu-west-1:${ACCOUNT}:trail`,
    Message: message,
    Timestamp: new Date().toISOString(),
    SignatureVersion: '1',
    Signature: 'x',
    SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/x.pem',
    UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
  })
}

/** The record out of its envelope, as an application could log it. */
export function bareOf(record: string): string {
  const given = JSON.parse(record) as {
    detail?: { findings?: unknown[] }
    records?: unknown[]
    value?: unknown[]
  }
  const inner = given.detail?.findings?.[0] ?? given.detail ?? given.records?.[0] ?? given.value?.[0] ?? given
  return JSON.stringify(inner)
}
