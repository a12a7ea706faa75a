import type { AzureClient } from '../client.ts'

/**
 * Reading an object and writing it whole is one piece of work: two of them on one object take turns, or the second
 * would write back what the first has just changed.
 */
export async function inTurn<Result>(
  client: AzureClient,
  object: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const key = `turn:${object.toLowerCase()}`
  const before = client.shared.get(key)
  const turn = (before instanceof Promise ? before : Promise.resolve()).catch(() => undefined).then(work)
  client.shared.set(key, turn)
  try {
    return await turn
  } finally {
    if (client.shared.get(key) === turn) client.shared.delete(key)
  }
}

/** Asked once for a client, and remembered; a failure is not. */
export async function once<Result>(
  client: AzureClient,
  key: string,
  ask: () => Promise<Result>,
): Promise<Result> {
  const known = client.shared.get(key)
  const asked = known instanceof Promise ? (known as Promise<Result>) : ask()
  client.shared.set(key, asked)
  try {
    return await asked
  } catch (error) {
    if (client.shared.get(key) === asked) client.shared.delete(key)
    throw error
  }
}
