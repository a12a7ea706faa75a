import { Unreadable } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, isMembers, textAt } from '../members.ts'

const OUTCOMES = ['success', 'denied', 'failure'] as const

/** The record of `interdict-gate` about a tool call: a signal as it is, and bounded here like everything else. */
export const gate: Format = {
  name: 'gate',
  fits: record => record['format'] === 'gate' && isMembers(record['identity']),
  read(record) {
    const outcome = OUTCOMES.find(each => each === record['outcome'])
    if (outcome === undefined) throw new Unreadable('a gate record without an outcome')
    const id = textAt(record, 'identity', 'id')
    return [
      {
        id: textAt(record, 'id'),
        time: record['time'],
        cloud: 'agent',
        account: textAt(record, 'account'),
        identity: {
          id: id !== undefined && /^[a-z]+:[^:]*:[^/]+\/./.test(id) ? id : undefined,
          uid: textAt(record, 'identity', 'uid'),
          kind: textAt(record, 'identity', 'kind') ?? 'agent',
          name: textAt(record, 'identity', 'name'),
          session: textAt(record, 'identity', 'session'),
          credential: textAt(record, 'identity', 'credential'),
        },
        action: textAt(record, 'action'),
        resource: textAt(record, 'resource'),
        outcome,
        sourceIp: textAt(record, 'sourceIp'),
        userAgent: textAt(record, 'userAgent'),
        details: isMembers(record['details']) ? (at(record, 'details') as { [name: string]: unknown }) : {},
      },
    ]
  },
}
