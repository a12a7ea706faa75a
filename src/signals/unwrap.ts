import { BOUNDS } from './bounds.ts'
import { concatenated } from './concatenated.ts'
import { Unreadable } from './draft.ts'
import { streamed } from './envelopes.ts'
import { isToken } from './formats/security-event-token.ts'
import { isMembers, type Members } from './members.ts'
import { LEFT_OUT, Work } from './work.ts'

/** One record out of its wrappers: an object, or a security event token as text. Or what is wrong with it. */
export type Leaf = { record: Members | string } | { flaw: string; given: unknown }

/** Lists that clouds put records in, by the name that they give it. */
const LISTS = [
  'Records',
  'records',
  'entries',
  'receivedMessages',
  'Findings',
  'findings',
  'Events',
  'value',
] as const

/** Every record in what came as one thing. Ends with a flaw where there are more than may be. */
export function* leaves(given: unknown, work = new Work()): Generator<Leaf> {
  let count = 0
  for (const leaf of unwrapped(given, 0, work)) {
    count += 1
    work.records += 1
    if (count > BOUNDS.records) {
      yield { flaw: `more than ${BOUNDS.records} records in one: ${LEFT_OUT}`, given: undefined }
      return
    }
    yield leaf
    if (work.isSpent) return
  }
}

function* unwrapped(given: unknown, depth: number, work: Work): Generator<Leaf> {
  try {
    if (depth > BOUNDS.wrappers) throw new Unreadable(`more than ${BOUNDS.wrappers} wrappers in one another`)
    if (given instanceof Uint8Array) yield* texts(bytesText(given), depth, work)
    else if (typeof given === 'string') yield* texts(given, depth, work)
    else if (Array.isArray(given)) for (const item of given) yield* unwrapped(item, depth + 1, work)
    else if (isMembers(given)) yield* members(given, depth, work)
    else throw new Unreadable('not a record: it has to be a JSON object')
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield { flaw: error.message, given }
  }
}

function bytesText(bytes: Uint8Array): string {
  if (bytes.length > BOUNDS.whole) throw new Unreadable('larger than 64 MiB')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function* texts(text: string, depth: number, work: Work): Generator<Leaf> {
  work.read(text.length)
  if (text.length > BOUNDS.whole) throw new Unreadable('larger than 64 MiB')
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (isToken(trimmed)) {
    if (trimmed.length > BOUNDS.record) throw new Unreadable('it is larger than 1 MiB')
    yield { record: trimmed }
    return
  }
  const whole = parsed(trimmed)
  const several = whole === undefined ? concatenated(trimmed) : undefined
  if (whole !== undefined) yield* unwrapped(whole.json, depth + 1, work)
  else if (several !== undefined) for (const each of several) yield* unwrapped(each, depth + 1, work)
  else if (trimmed.includes('\n')) yield* lines(trimmed, depth, work)
  else yield* unwrapped(decoded(trimmed), depth + 1, work)
}

/** A line at a time: each that cannot be read is set aside on its own. */
function* lines(text: string, depth: number, work: Work): Generator<Leaf> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const line = text.slice(from, end < 0 ? undefined : end).trim()
    from = end < 0 ? text.length : end + 1
    if (line === '') continue
    const one = isToken(line) ? { json: line } : (parsed(line) ?? listed(concatenated(line)))
    if (one === undefined) yield { flaw: 'not JSON', given: line }
    else yield* unwrapped(one.json, depth + 1, work)
  }
}

function parsed(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function listed(values: unknown[] | undefined): { json: unknown } | undefined {
  return values === undefined ? undefined : { json: values }
}

/** Azure's queues hold base64 of JSON, as Pub/Sub's messages do. */
function decoded(text: string): unknown {
  const plain =
    text.length > 0 && /^[A-Za-z0-9+/_-]+=*$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : ''
  if (!/^\s*[[{]/.test(plain)) throw new Unreadable('not JSON')
  const json = parsed(plain)
  if (json === undefined) throw new Unreadable('not JSON')
  return json.json
}

function* members(given: Members, depth: number, work: Work): Generator<Leaf> {
  const inside = inner(given)
  if (inside === undefined) yield { record: given }
  else yield* unwrapped(inside, depth + 1, work)
}

/** What an envelope holds; undefined when this is no envelope. An empty list when it holds no record by design. */
function inner(given: Members): unknown {
  if (given['Event'] === 's3:TestEvent') return []
  if ('s3' in given && given['eventSource'] === 'aws:s3') {
    throw new Unreadable(noticeText(given['s3']))
  }
  // What CloudTrail itself says to an SNS topic ("Configuring Amazon SNS notifications for CloudTrail").
  if (typeof given['s3Bucket'] === 'string' && Array.isArray(given['s3ObjectKey'])) {
    const [key] = given['s3ObjectKey'] as unknown[]
    throw new Unreadable(noticeText({ bucket: { name: given['s3Bucket'] }, object: { key } }))
  }
  if (given['detail-type'] === 'Object Created' && given['source'] === 'aws.s3') {
    throw new Unreadable(noticeText(given['detail']))
  }
  // EventBridge: the record is what happened, or a list of findings.
  if (typeof given['detail-type'] === 'string' && isMembers(given['detail'])) return given['detail']
  for (const name of LISTS) if (Array.isArray(given[name])) return given[name]
  if (given['Type'] === 'Notification' && typeof given['Message'] === 'string') return given['Message']
  if (typeof given['CloudTrailEvent'] === 'string') return given['CloudTrailEvent']
  if (isQueued(given)) return given['Body'] ?? given['body']
  return pushed(given) ?? streamed(given)
}

/**
 * What to do when a queue is told of log files and not of events ("Amazon S3 event notification message structure"). It
 * is for a person: the file comes minutes after its events, and would have to be fetched.
 */
function noticeText(s3: unknown): string {
  const { bucket, object } = isMembers(s3) ? s3 : {}
  const file = `s3://${shellSafe(isMembers(bucket) ? bucket['name'] : '', 'BUCKET')}/${shellSafe(isMembers(object) ? object['key'] : '', 'KEY')}`
  return (
    'a notice that a log file is in S3: its records are not in it. Let an EventBridge rule for CloudTrail send the ' +
    `events to the queue instead of S3's notifications; this file: aws s3 cp '${file}' - | ` +
    'interdict watch --once --source -'
  )
}

/** What came as a name, where it is one that somebody may paste; keys of a notice are encoded as in a form. */
function shellSafe(name: unknown, otherwise: string): string {
  try {
    const plain = typeof name === 'string' ? decodeURIComponent(name.replaceAll('+', ' ')) : ''
    return /^[\w!.*()/=:@~,-]{1,500}$/.test(plain) ? plain : otherwise
  } catch {
    return otherwise
  }
}

function isQueued(given: Members): boolean {
  const body = given['Body'] ?? given['body']
  return typeof body === 'string' && ('MessageId' in given || 'messageId' in given)
}

/** Pub/Sub's messages, pulled or pushed, and what is in a CloudEvent or an event of Event Grid. */
function pushed(given: Members): unknown {
  const message = given['message']
  if (isMembers(message) && typeof message['data'] === 'string') return message['data']
  const data = given['data']
  if (typeof data === 'string' && ('messageId' in given || 'publishTime' in given)) return data
  if (!isMembers(data)) return undefined
  const grid = 'specversion' in given || ('eventType' in given && 'dataVersion' in given)
  return grid && !('claims' in data) ? data : undefined
}
