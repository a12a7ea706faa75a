import type { Format } from '../../../../src/signals/format.ts'
import { textAt } from '../../../../src/signals/members.ts'
import { toyId } from '../names.ts'

/** A line of the log of a door. */
export const doorLog: Format = {
  name: 'door-log',
  fits: record => 'door' in record && 'badge' in record,
  read(record) {
    const name = textAt(record, 'badge')
    const id = name === undefined ? undefined : toyId('badge', name)
    return [
      {
        time: record['at'],
        cloud: 'toy',
        account: 'town',
        recordedIn: 'town',
        identity: { id, kind: 'badge', name },
        action: 'door:open',
        resource: textAt(record, 'door'),
        outcome: record['let'] === true ? 'success' : 'denied',
      },
    ]
  },
}
