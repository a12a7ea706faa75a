import { base64Text } from '../../../signals/base64-text.ts'
import { type Envelope, none, type Opened, only, type Place } from '../../../signals/envelope.ts'
import { at, isMembers, listAt, type Members, textAt } from '../../../signals/members.ts'
import { eventBridge } from './event-bridge.ts'

/**
 * A message of a subscription of CloudWatch Logs ("Real-time processing of log data with subscriptions"). A message is text that
 * anybody may have logged, so that its group and stream decide: CloudTrail's streams are named
 * `<account>_CloudTrail_<region>` ("CloudTrail log file naming"), and EventBridge writes to groups below `/aws/events/` only.
 */
export const cloudWatch: Envelope = {
  name: 'cloudwatch',
  members: [
    'messageType',
    'owner',
    'logGroup',
    'logStream',
    'subscriptionFilters',
    'logEvents',
    'policyLevel',
  ],
  open(given): Opened | undefined {
    if (!Array.isArray(given['logEvents'])) return undefined
    if (given['messageType'] === 'CONTROL_MESSAGE') return { inside: [], place: none('') }
    if (given['messageType'] !== 'DATA_MESSAGE') return undefined
    const place = logPlace(textAt(given, 'logGroup'), textAt(given, 'logStream'))
    const inside = listAt(given, 'logEvents').map(each => at(each, 'message'))
    return { inside, place }
  },
}

/** The answer of `aws logs filter-log-events` and `get-log-events`. */
export const filteredLogs: Envelope = {
  name: 'filtered-logs',
  members: ['events', 'searchedLogStreams', 'nextToken', 'nextForwardToken', 'nextBackwardToken'],
  open({ events }): Opened | undefined {
    const isLogged = Array.isArray(events) && events.length > 0 && events.every(isLogEvent)
    if (!isLogged) return undefined
    const streams = new Set(events.map(each => textAt(each, 'logStreamName')))
    const [stream] = streams
    const isTrail = streams.size > 0 && [...streams].every(each => isTrailStream(each))
    return {
      inside: events.map(each => at(each, 'message')),
      place: logPlace(undefined, isTrail ? stream : undefined),
    }
  },
}

/** An event of CloudWatch Logs: text with the two times that it was written and taken in. */
function isLogEvent(event: unknown): event is Members {
  return (
    isMembers(event) &&
    typeof event['message'] === 'string' &&
    'ingestionTime' in event &&
    'timestamp' in event
  )
}

function logPlace(group: string | undefined, stream: string | undefined): Place {
  return { ...linePlace(group, stream), texts: true }
}

function linePlace(group: string | undefined, stream: string | undefined): Place {
  if (isTrailStream(stream)) return only(['cloudtrail'])
  if (group?.startsWith('/aws/events/') === true) return only([], [eventBridge])
  return none('a line of a log group that neither CloudTrail nor EventBridge writes')
}

function isTrailStream(stream: string | undefined): boolean {
  return /^(?:o-[a-z0-9]+_)?\d{12}_CloudTrail_[a-z0-9-]+(?:_\d+)?$/.test(stream ?? '')
}

/** The input of a function that a subscription of CloudWatch Logs calls. */
export const awsLogs: Envelope = {
  name: 'awslogs',
  members: ['awslogs'],
  open(given) {
    const packed = at(given['awslogs'], 'data')
    return typeof packed === 'string'
      ? { inside: base64Text(packed), place: only([], [cloudWatch]) }
      : undefined
  },
}
