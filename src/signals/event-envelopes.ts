import { noticeText } from '../clouds/aws/formats/notices.ts'
import { Unreadable } from './draft.ts'
import type { Envelope } from './envelopes.ts'
import { isMembers, type Members, textAt } from './members.ts'
import { AZURE_PLACE, GCP_PLACE, none, only, type Place } from './places.ts'

/**
 * An event of Amazon EventBridge. Its `detail-type` is anybody's who may call `events:PutEvents`; its `source` is AWS's own if
 * it begins with `aws.` ("PutEventsRequestEntry"), except for `aws.partner/…`, which partners set.
 */
export const eventBridge: Envelope = {
  members: [
    'version',
    'id',
    'detail-type',
    'source',
    'account',
    'time',
    'region',
    'resources',
    'detail',
    'replay-name',
  ],
  open(given, { isGiven = false }) {
    const { source, detail } = given
    const type = given['detail-type']
    if (typeof type !== 'string' || typeof source !== 'string' || !isMembers(detail)) return undefined
    if (type === 'Object Created' && source === 'aws.s3') throw new Unreadable(noticeText(detail))
    return { inside: detail, place: eventPlace(type, source, textAt(given, 'account'), isGiven) }
  },
}

function eventPlace(type: string, source: string, account: string | undefined, isGiven: boolean): Place {
  if (!/^aws\.[a-z0-9-]{1,60}$/.test(source)) {
    return none(
      "an EventBridge event whose source is not one of AWS's own services: anybody who may call events:PutEvents can send " +
        'it. Ask for "source": [{"prefix": "aws."}] in the rule',
    )
  }
  if (!/^\d{12}$/.test(account ?? '') && !(isGiven && account === undefined)) {
    return none('an EventBridge event that does not say which account it is of')
  }
  const place = servicePlace(type, source)
  return place === undefined
    ? none('an EventBridge event of another kind: CloudTrail, GuardDuty and Security Hub are read')
    : { ...place, account }
}

/** By the services that send them; GuardDuty's and Security Hub's own API calls come through CloudTrail. */
function servicePlace(type: string, source: string): Place | undefined {
  if (/^AWS [\w ]{1,60} via CloudTrail$/.test(type)) return only(['cloudtrail'])
  if (source === 'aws.guardduty') return only(['guardduty'])
  return source === 'aws.securityhub' ? only(['asff', 'ocsf'], ['findings']) : undefined
}

/** An event of Azure Event Grid in its own schema. One with claims is a record itself. */
export const eventGrid: Envelope = {
  members: ['id', 'topic', 'subject', 'eventType', 'eventTime', 'data', 'dataVersion', 'metadataVersion'],
  open({ eventType, dataVersion, data, topic }) {
    if (typeof eventType !== 'string' || dataVersion === undefined || !isMembers(data)) return undefined
    // Event Grid itself writes the topic; events of a topic of somebody's own are not Azure's.
    if (typeof topic === 'string' && /\/providers\/microsoft\.eventgrid\/(?:topics|domains)\//i.test(topic)) {
      return { inside: data, place: none('an event of a topic of its own: Azure did not send it') }
    }
    return isRecord(data) || !eventType.startsWith('Microsoft.')
      ? undefined
      : { inside: data, place: only(AZURE_PLACE) }
  },
}

/** A CloudEvent (CNCF, 1.0) of Azure or of Google Cloud: others are of applications. */
export const cloudEvent: Envelope = {
  members: [
    'specversion',
    'id',
    'source',
    'type',
    'time',
    'subject',
    'datacontenttype',
    'dataschema',
    'data',
  ],
  // Attributes that Eventarc adds ("Eventarc, event types").
  prefixes: ['methodname', 'resourcename', 'servicename', 'recordedtime', 'knativearrivaltime'],
  open({ specversion, type, data }) {
    if (typeof specversion !== 'string' || typeof type !== 'string' || !isMembers(data)) return undefined
    if (isRecord(data)) return undefined
    if (type.startsWith('Microsoft.')) return { inside: data, place: only(AZURE_PLACE) }
    return type.startsWith('google.cloud.') ? { inside: data, place: only(GCP_PLACE) } : undefined
  },
}

function isRecord(data: Members): boolean {
  return 'claims' in data
}
