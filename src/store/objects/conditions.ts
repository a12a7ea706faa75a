import { randomBytes } from 'node:crypto'
import { Fault } from '../../model/fault.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * Tries whether a store holds writes to their conditions: creates an object twice, replaces it and deletes it with a stale tag, and
 * lists it. A store that ignores a condition would let one journal overwrite another without a word. The object is deleted again.
 *
 * @throws Fault `refused` for a store that ignores a condition or does not list what was just written
 */
export async function tryConditions(objects: ObjectStore): Promise<void> {
  const name = `trials/${randomBytes(16).toString('hex')}`
  const [first, second, third] = ['1\n', '2\n', '3\n'].map(text => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
  ]
  const ignored: string[] = []
  const created = await objects.put(name, first, { ifAbsent: true })
  if (created.kind === 'conflict') throw refused(objects, 'it refuses to create a new object')
  if ((await objects.put(name, second, { ifAbsent: true })).kind === 'written')
    ignored.push('creates an object twice')
  const { tag = '' } = (await objects.get(name)) ?? {}
  if ((await objects.put(name, third, { ifTag: tag })).kind === 'conflict')
    throw refused(objects, 'it refuses to replace an object that nobody changed')
  if ((await objects.put(name, first, { ifTag: tag })).kind === 'written')
    ignored.push('replaces an object that was changed since')
  if (!(await objects.list('trials/')).includes(name)) ignored.push('does not list a new object')
  // A service that ignores the condition answers that it deleted the object.
  if (await objects.remove(name, tag)) ignored.push('deletes an object that was changed since')
  const found = await objects.get(name)
  if (found) await objects.remove(name, found.tag)
  if (ignored.length > 0) throw refused(objects, `it ${ignored.join(', ')}`)
}

function refused({ where }: ObjectStore, because: string): Fault {
  return new Fault('refused', `this store cannot keep runs: ${because}`, {
    where,
    next: 'use Amazon S3, Cloud Storage or Azure Blob Storage, or another service that honours conditional writes',
  })
}
