import { entryOf, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'

/** Once more, from its first reading, while somebody else is quicker. */
export async function unlessConflict<Value>(
  { timing, signal }: GcpClient,
  work: () => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'conflict' || attempt >= 4) throw error
      await timing.sleep(timing.random() * 100 * 2 ** attempt, signal)
    }
  }
}

/** A text entry of a facet. */
export function textOf(facet: Facet, entry: string): string | undefined {
  const value = entryOf(facet, entry)
  return typeof value === 'string' ? value : undefined
}

/** A part of a path: names come from a cloud or a journal. */
export function segment(name: string): string {
  if (name === '.' || name === '..' || name === '') throw new Fault('rejected', `not a name: ${name}`)
  return encodeURIComponent(name).replaceAll('%40', '@').replaceAll('%3A', ':')
}

/** Seconds that an access token lives: an hour, or twelve where the organization lets it be longer. */
export function tokenSeconds({ facts }: Identity): number {
  return typeof facts.maxTokenSeconds === 'number' ? facts.maxTokenSeconds : 3600
}

/**
 * The relative name of a service account, by the id that a new account of the same name does not have.
 *
 * @param account the account's own identity
 */
export function accountResource(client: GcpClient, account: Identity): string {
  return accountNamed(client, account.uid || account.name)
}

/** The same by an address or a unique id. */
export function accountNamed({ project }: GcpClient, name: string): string {
  return `projects/${segment(project)}/serviceAccounts/${segment(name)}`
}

/** Where the settings of a project's pools and keys are: by number, as Google answers. */
export function globalOf({ projectNumber }: GcpClient): string {
  return `projects/${projectNumber}/locations/global`
}
