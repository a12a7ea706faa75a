import type { Identity } from '../../../model/identity.ts'
import { allDoubts, NOT_KNOWN, youngBecause } from '../../../model/spare-doubts.ts'
import type { AwsClient } from '../client.ts'
import { simulate } from '../settings/probe.ts'
import { arnOf } from '../settings/settings.ts'

/** Operations by which a user writes a mark on itself. A role cannot be renamed: another one of that name is another role. */
const WRITES: { readonly [kind: string]: { readonly [member: string]: string } } = {
  user: { tags: 'iam:TagUser', name: 'iam:UpdateUser' },
  role: { tags: 'iam:TagRole' },
}

/** Words for what the spare rests on. */
const MARKS: { readonly [member: string]: string } = { tags: 'this tag', name: 'this name' }

/**
 * Says why a mark or a name that spares an identity is not to be relied on: by IAM's policy simulator the identity may write
 * it itself. The simulator does not see everything, so that its silence proves nothing and an error is a doubt of its own.
 */
export function doubtsOf(
  client: AwsClient,
): (identity: Identity, reads: readonly string[], now: number) => Promise<string | undefined> {
  return async (identity, reads, now) => {
    const writes = WRITES[identity.kind] ?? {}
    const asked = [...new Set(reads)].filter(member => writes[member] !== undefined)
    const doubts = await Promise.all(
      asked.map(async member => {
        const about = { run: '', now: '', identity, params: {}, exhausted: [] }
        const actions = [writes[member] ?? '']
        const answer = await simulate(client, about, { actions, resources: [arnOf(client, identity)] })
        if (answer === 'allowed') return `it may write ${MARKS[member] ?? member} itself`
        return answer === 'unknown' ? NOT_KNOWN : undefined
      }),
    )
    return allDoubts([...doubts, youngBecause(identity, now)])
  }
}
