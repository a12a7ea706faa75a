import type { Context } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'

/** A context for the pure parts of interruptions. */
export function contextFor(kind: string, over: Partial<Context> = {}): Context {
  return {
    run: '7f3k',
    now: '2026-11-23T10:15:30.250Z',
    params: {},
    exhausted: [],
    identity: {
      id: `aws:111122223333:${kind}/subject`,
      uid: 'AROAEXAMPLE',
      cloud: 'aws',
      account: '111122223333',
      kind,
      name: 'subject',
      facts: { path: '/', user: 'owner', instance: 'i-0abc' },
    },
    ...over,
  }
}

export const text = (value: Json | undefined) => JSON.parse(String(value))
