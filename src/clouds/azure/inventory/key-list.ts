import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import { perClient } from '../../kit/session/per-client.ts'
import type { AzureClient } from '../client.ts'
import { pause } from '../http/pause.ts'
import { graphCall } from '../settings/graph.ts'
import { inTurn } from '../settings/object-lock.ts'
import type { KeyRecord } from './records.ts'

/** A certificate, which is public, and shown only of one object, when it is selected. */
export type Key = KeyRecord & { key?: string | null }

/** An application or a principal, by how it is addressed. */
export interface KeyHolder {
  path: '/v1.0/applications/{id}' | '/v1.0/servicePrincipals/{id}'
  objectId: string
}

/** Waits for the directory to show what was written, in milliseconds: some fifteen seconds. */
export const READS = [0, 100, 200, 500, 1_000, 2_000, 3_000, 4_000, 4_000]

/**
 * Changes the certificates of one object. There is no call for one of them that works without its key: the list is written whole,
 * and what is left out is gone (Microsoft Graph, "Update application"). A read may be older than the last write, and writing
 * from it would undo that, so what this session wrote has to be shown first. Entries go back as they were shown.
 *
 * @param to the list as it is to be; `always` writes it although it reads as that already
 * @throws Fault `conflict` when what this session added is not shown
 */
export async function changeKeys(
  client: AzureClient,
  holder: KeyHolder,
  to: (keys: readonly Key[]) => Key[],
  { always = false } = {},
): Promise<void> {
  const { path, objectId } = holder
  await inTurn(client, objectId, async () => {
    const written = writtenTo(client, objectId)
    const keys = await settledKeys(client, holder, written)
    const next = to(keys)
    const gone = keys.filter(key => !next.includes(key))
    const added = next.filter(key => !keys.includes(key))
    if (!always && gone.length === 0 && added.length === 0) return
    await client.call(
      graphCall('PATCH', path, [objectId], {
        body: { keyCredentials: next as unknown as Json },
        repeatable: true,
      }),
    )
    for (const key of gone) written.set(idOf(key), 'gone')
    for (const key of added) written.set(idOf(key), 'there')
    // Written without it, whether it was shown or not.
    const kept = new Set(next.map(idOf))
    for (const id of written.keys()) if (!kept.has(id)) written.set(id, 'gone')
  })
}

type Written = Map<string, 'there' | 'gone'>

/** By object, in lower case. */
const writtenOf = perClient((_: AzureClient) => new Map<string, Written>())

function writtenTo(client: AzureClient, objectId: string): Written {
  const all = writtenOf(client)
  const written: Written = all.get(objectId.toLowerCase()) ?? new Map()
  all.set(objectId.toLowerCase(), written)
  return written
}

async function settledKeys(client: AzureClient, holder: KeyHolder, written: Written): Promise<Key[]> {
  const where = { operation: `GET ${holder.path}`, tenant: client.tenant }
  for (const [at, wait] of READS.entries()) {
    await pause(wait, client, where)
    const keys = await keysOf(client, holder)
    const shown = new Set(keys.map(idOf))
    const late = [...written].filter(([id, state]) => shown.has(id) !== (state === 'there'))
    if (late.length === 0) return keys
    if (at < READS.length - 1) continue
    // A key that is there again was added by somebody else.
    if (late.every(([, state]) => state === 'gone')) return keys
  }
  throw new Fault('conflict', 'the directory does not show a certificate yet that was just added', {
    where: where.operation,
    next: 'wait a little, then: interdict resume',
  })
}

async function keysOf(client: AzureClient, { path, objectId }: KeyHolder): Promise<Key[]> {
  const call = graphCall('GET', path, [objectId], { query: { $select: 'id,keyCredentials' } })
  return (await client.call<{ keyCredentials?: Key[] | null }>(call)).keyCredentials ?? []
}

/** The directory may give it another id than it was sent with. */
function idOf({ key, keyId }: Key): string {
  return key ?? keyId ?? ''
}
