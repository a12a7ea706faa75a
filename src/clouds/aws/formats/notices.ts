import { Unreadable } from '../../../signals/draft.ts'
import { type Envelope, none, type Opened, only } from '../../../signals/envelope.ts'
import { isMembers, type Members } from '../../../signals/members.ts'

/** A notice of S3 that a file was written ("Amazon S3 event notification message structure"). */
function isNotice(given: Members): boolean {
  return 's3' in given && given['eventSource'] === 'aws:s3'
}

/** A notice that a log file is in S3. Its records are not in it. */
export const s3Notice: Envelope = {
  name: 's3-notice',
  members: [
    'eventVersion',
    'eventSource',
    'awsRegion',
    'eventTime',
    'eventName',
    'userIdentity',
    'requestParameters',
    'responseElements',
    's3',
    'glacierEventData',
  ],
  open(given) {
    if (isNotice(given)) throw new Unreadable(noticeText(given['s3']))
    return undefined
  },
}

/** A list of notices of S3. */
export const s3Notices: Envelope = {
  name: 'notices',
  members: ['Records'],
  open(given) {
    const records = given['Records']
    const all = Array.isArray(records) && records.every(each => isMembers(each) && isNotice(each))
    return all ? { inside: records, place: only([], [s3Notice]) } : undefined
  },
}

/** The message by which S3 tries a queue out. */
export const s3Test: Envelope = {
  name: 's3-test',
  members: ['Service', 'Event', 'Time', 'Bucket', 'RequestId', 'HostId'],
  open: (given): Opened | undefined =>
    given['Event'] === 's3:TestEvent' ? { inside: [], place: none('') } : undefined,
}

/** Sent by CloudTrail itself to a topic of SNS ("Configuring Amazon SNS notifications for CloudTrail"). */
export const trailNotice: Envelope = {
  name: 'trail-notice',
  members: ['s3Bucket', 's3ObjectKey'],
  open(given) {
    if (typeof given['s3Bucket'] !== 'string' || !Array.isArray(given['s3ObjectKey'])) return undefined
    const [key] = given['s3ObjectKey'] as unknown[]
    throw new Unreadable(noticeText({ bucket: { name: given['s3Bucket'] }, object: { key } }))
  },
}

/** Advice for a queue that gets notices of log files: the file comes minutes after its events, and has to be fetched. */
export function noticeText(s3: unknown): string {
  const { bucket, object } = isMembers(s3) ? s3 : {}
  const file = `s3://${shellSafe(isMembers(bucket) ? bucket['name'] : '', 'BUCKET')}/${shellSafe(isMembers(object) ? object['key'] : '', 'KEY')}`
  return (
    'a notice that a log file is in S3: its records are not in it. Let an EventBridge rule for CloudTrail send the ' +
    `events to the queue instead of S3's notifications; this file: aws s3 cp '${file}' - | ` +
    'interdict watch --once --source -'
  )
}

/** The name, if it may be pasted; keys of a notice are encoded as in a form. */
function shellSafe(name: unknown, otherwise: string): string {
  try {
    const plain = typeof name === 'string' ? decodeURIComponent(name.replaceAll('+', ' ')) : ''
    return /^[\w!.*()/=:@~,-]{1,500}$/.test(plain) ? plain : otherwise
  } catch {
    return otherwise
  }
}
