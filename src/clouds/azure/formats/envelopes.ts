import { BOUNDS } from '../../../signals/bounds.ts'
import { cloudEvent, type Envelope, listIn, none, only } from '../../../signals/envelope.ts'
import { at, isMembers, listAt, type Members, textAt } from '../../../signals/members.ts'
import { OWN } from './own.ts'

/** Diagnostic settings ("Azure Monitor resource log schema"). */
const azureRecords: Envelope = {
  name: 'azure-records',
  members: ['records'],
  open: listIn('records', only(OWN)),
}

/** An event of Azure Event Grid in its own schema. One with claims is a record itself. */
const eventGrid: Envelope = {
  name: 'event-grid',
  members: ['id', 'topic', 'subject', 'eventType', 'eventTime', 'data', 'dataVersion', 'metadataVersion'],
  open({ eventType, dataVersion, data, topic }) {
    if (typeof eventType !== 'string' || dataVersion === undefined || !isMembers(data)) return undefined
    // Event Grid itself writes the topic; events of a topic of somebody's own are not Azure's.
    if (typeof topic === 'string' && /\/providers\/microsoft\.eventgrid\/(?:topics|domains)\//i.test(topic)) {
      return { inside: data, place: none('an event of a topic of its own: Azure did not send it') }
    }
    return isRecord(data) || !eventType.startsWith('Microsoft.')
      ? undefined
      : { inside: data, place: only(OWN) }
  },
}

/** A CloudEvent of Event Grid. One with claims is a record itself. */
const gridCloudEvent = cloudEvent({ name: 'azure-cloud-event', types: 'Microsoft.', isRecord }, only(OWN))

function isRecord(data: Members): boolean {
  return 'claims' in data
}

/** "Azure Monitor Log Analytics API response format". */
const logTables: Envelope = {
  name: 'log-tables',
  members: ['tables', 'statistics', 'render', 'error'],
  open(given) {
    const inside = table(given['tables'])
    return inside && { inside, place: only(OWN) }
  },
}

/** An answer of Microsoft Graph or Azure Resource Manager. */
const odata: Envelope = {
  name: 'odata',
  members: ['value', 'nextLink'],
  prefixes: ['@odata.', '@microsoft.'],
  open: listIn('value', only(OWN)),
}

/** The envelopes of exports and archives. */
export const EXPORTS = [azureRecords, gridCloudEvent, eventGrid, logTables, odata]

/** The envelopes of a queue's messages. */
export const QUEUED = [azureRecords, gridCloudEvent, eventGrid]

/** Every envelope of Azure. */
export const ENVELOPES: readonly Envelope[] = [...EXPORTS]

/** Rows as objects, by the names of their columns; undefined if these are no tables. */
function table(tables: unknown): unknown[] | undefined {
  if (!Array.isArray(tables)) return undefined
  const isTable = (each: unknown) => Array.isArray(at(each, 'columns')) && Array.isArray(at(each, 'rows'))
  if (!tables.every(isTable)) return undefined
  return tables.flatMap(each => {
    const names = listAt(each, 'columns').map(column => textAt(column, 'name') ?? '')
    return listAt(each, 'rows')
      .slice(0, BOUNDS.records + 1)
      .map(row => (Array.isArray(row) ? rowOf(names, row) : row))
  })
}

function rowOf(names: readonly string[], row: readonly unknown[]): Members {
  return Object.fromEntries(names.map((name, index) => [name, row[index]]))
}
