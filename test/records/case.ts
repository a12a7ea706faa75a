/** A record in the shape that its vendor publishes, with names and ids of our own, and the events that it holds. */
export interface RecordCase {
  name: string
  record: unknown
  /** One for each event, in order; what is `undefined` has to be missing. */
  events: readonly Expected[]
}

export interface Expected {
  id?: string | undefined
  kind?: string | undefined
  name?: string
  uid?: string | undefined
  session?: string | undefined
  credential?: string | undefined
  account?: string | undefined
  action: string
  resource?: string | undefined
  outcome: 'success' | 'denied' | 'failure'
  country?: string | undefined
  sourceIp?: string | undefined
  severity?: number
  category?: string
  time?: string
}

export const ACCOUNT = '111122223333'
export const TENANT = '11111111-1111-4111-8111-111111111111'
export const AT = '2026-11-22T10:15:00.000Z'
