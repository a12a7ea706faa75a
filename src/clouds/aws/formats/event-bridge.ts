import { Unreadable } from '../../../signals/draft.ts'
import { type Envelope, listIn, none, only, type Place } from '../../../signals/envelope.ts'
import { isMembers, textAt } from '../../../signals/members.ts'
import { OCSF } from '../../../signals/provenance.ts'
import { noticeText } from './notices.ts'
import { OWN, TRAIL } from './own.ts'

/**
 * An event of Amazon EventBridge. Its `detail-type` is anybody's who may call `events:PutEvents`; its `source` is AWS's own if
 * it begins with `aws.` ("PutEventsRequestEntry"), except for `aws.partner/…`, which partners set.
 */
export const eventBridge: Envelope = {
  name: 'eventbridge',
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
  return source === 'aws.securityhub' ? only(['asff', OCSF], [findings]) : undefined
}

/** Findings of Security Hub and GuardDuty: in an event, and as their APIs answer. */
export const findings: Envelope = {
  name: 'findings',
  members: ['Findings', 'findings', 'NextToken', 'nextToken', 'actionName', 'actionDescription'],
  open: given => listIn('Findings', only(OWN))(given, TRAIL) ?? listIn('findings', only(OWN))(given, TRAIL),
}
