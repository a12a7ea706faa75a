import { gunzipSync } from 'node:zlib'
import { BOUNDS } from './bounds.ts'
import { Unreadable } from './draft.ts'
import { at, isMembers, listAt, type Members, textAt } from './members.ts'

/**
 * Takes records out of the envelopes of streams and log services; undefined when this is not one of them, and an empty list when it
 * holds no record by design. Packed data is unpacked, to 64 MiB at most.
 *
 * - CloudWatch Logs: a subscription's `logEvents`, `FilterLogEvents`' `events`, a function's `awslogs.data`
 *   ("Real-time processing of log data with subscriptions")
 * - Kinesis: `Data` of GetRecords, `kinesis.data` of a function's event; Firehose: `data` of its records
 * - Log Analytics: tables of columns and rows ("Azure Monitor Log Analytics API response format")
 * - RFC 8936: the sets of a poll's answer
 */
export function streamed(given: Members): unknown {
  return cloudWatch(given) ?? kinesis(given) ?? tables(given) ?? polled(given)
}

function cloudWatch(given: Members): unknown {
  const packed = textAtLong(at(given, 'awslogs'), 'data')
  if (packed !== undefined) return unpacked(packed)
  if (given['messageType'] === 'CONTROL_MESSAGE' && 'logEvents' in given) return []
  if (given['messageType'] === 'DATA_MESSAGE' && Array.isArray(given['logEvents'])) {
    return messages(listAt(given, 'logEvents'))
  }
  const events = given['events']
  const isFiltered = Array.isArray(events) && events.length > 0 && events.every(each => isLogEvent(each))
  return isFiltered ? messages(events) : undefined
}

/** An event of CloudWatch Logs: text with the two times that it was written and taken in. */
function isLogEvent(event: unknown): boolean {
  return (
    typeof at(event, 'message') === 'string' &&
    'ingestionTime' in (event as object) &&
    'timestamp' in (event as object)
  )
}

function messages(events: readonly unknown[]): unknown[] {
  return events.map(each => at(each, 'message'))
}

function kinesis(given: Members): unknown {
  const own = at(given, 'kinesis', 'data')
  if (typeof own === 'string') return unpacked(own)
  if (typeof given['Data'] === 'string' && 'SequenceNumber' in given) return unpacked(given['Data'])
  const isFirehose = 'recordId' in given || Object.keys(given).length === 1
  const data = given['data']
  return isFirehose && typeof data === 'string' && /^[A-Za-z0-9+/]+=*$/.test(data)
    ? unpacked(data)
    : undefined
}

/** Base64 of text, or of gzip of it. */
function unpacked(base64: string): string {
  if (!/^[A-Za-z0-9+/_-]*=*$/.test(base64)) throw new Unreadable('data of a stream that is not base64')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes, { maxOutputLength: BOUNDS.whole }).toString('utf8')
  } catch {
    throw new Unreadable('data of a stream that cannot be unpacked')
  }
}

/** Rows as objects, by the names of their columns; each knows the table that it is from, where the answer says it. */
function tables(given: Members): unknown {
  const list = given['tables']
  if (
    !Array.isArray(list) ||
    !list.every(each => Array.isArray(at(each, 'columns')) && Array.isArray(at(each, 'rows')))
  ) {
    return undefined
  }
  return list.flatMap(table => {
    const names = listAt(table, 'columns').map(each => textAt(each, 'name') ?? '')
    return listAt(table, 'rows')
      .slice(0, BOUNDS.records + 1)
      .map(row =>
        Array.isArray(row) ? Object.fromEntries(names.map((name, index) => [name, row[index]])) : row,
      )
  })
}

function polled(given: Members): unknown {
  const sets = given['sets']
  if (!isMembers(sets) || !Object.values(sets).every(each => typeof each === 'string')) return undefined
  return Object.values(sets)
}

/** Text of any length. */
function textAtLong(members: unknown, name: string): string | undefined {
  const found = at(members, name)
  return typeof found === 'string' ? found : undefined
}
