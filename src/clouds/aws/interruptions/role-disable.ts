import { z } from 'zod'
import { differences, entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import { canonical, type Json, same } from '../../../model/json.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { sizeOf, statementId } from '../settings/denials.ts'
import { quotaOf } from '../settings/headroom.ts'
import { decodeText } from '../settings/principal.ts'
import {
  findStatement,
  missingClaims,
  orphansOf,
  statementsOf,
  trustDenial,
  withStatement,
} from '../settings/trust.ts'
import { withOurs, withoutOurs } from '../settings/trust-text.ts'

/** The facts that decide whether the trust policy can be written at all. */
const Seen = z.looseObject({
  size: z.number(),
  quota: z.number(),
  orphans: z.array(z.string()),
  missing: z.array(z.string()),
})

const entryFor = ({ run }: Context) => `trust/${statementId(run)}`

/**
 * Denies every assumption of the role. Sessions that were issued go on, and attempts from other accounts do not reach
 * our log: denying everything to the role (quarantine) does neither.
 */
export const roleDisable: Interruption<AwsClient, Record<string, never>> = {
  id: 'aws.role.disable',
  summary: 'Add a deny to the trust policy, so that nobody can assume the role',
  verbs: ['disable'],
  on: ['role'],
  leaves: 'sessions that are running, until they expire (12h at most)',
  reversal: { kind: 'exact' },
  permissions: {
    read: ['iam:GetRole', 'iam:GetAccountSummary'],
    cut: ['iam:GetRole', 'iam:UpdateAssumeRolePolicy'],
    restore: ['iam:GetRole', 'iam:UpdateAssumeRolePolicy'],
  },
  params: z.strictObject({}),
  example: {},
  refuse(facet, context) {
    if (entryOf(facet, entryFor(context)) !== undefined) return undefined
    const seen = Seen.safeParse(context.seen)
    if (!seen.success) return undefined
    const { size, quota, orphans, missing } = seen.data
    if (orphans.length > 0) {
      return `its trust policy names a deleted principal (${orphans[0]}): IAM would not take the policy back`
    }
    if (missing.length > 0) {
      return `its trust policy does not check ${missing[0]}: IAM takes no change to it without that condition`
    }
    // The list needs a comma as well.
    const needed = sizeOf(JSON.stringify(trustDenial(statementId(context.run)))) + 1
    if (size + needed > quota || context.exhausted.includes(entryFor(context))) {
      return `no room in its trust policy: ${size} of ${quota} characters are used, ${needed} more are needed`
    }
    return undefined
  },
  async read(client, context) {
    const role = await unlessGone(current(client, context.identity.name))
    if (role === undefined) return undefined
    const sid = statementId(context.run)
    return {
      uid: role.uid,
      facet: withEntries({}, [[entryFor(context), findStatement(role.trust, sid)]]),
      seen: {
        size: sizeOf(role.text),
        quota: await quotaOf(client, 'AssumeRolePolicySizeQuota', 2048),
        orphans: orphansOf(role.trust),
        missing: missingClaims(role.trust),
      },
    }
  },
  cut: (facet, context) =>
    context.exhausted.includes(entryFor(context))
      ? facet
      : withEntries(facet, [[entryFor(context), trustDenial(statementId(context.run))]]),
  async write(client, from, to, context) {
    const { name } = context.identity
    for (const { entry, to: statement } of differences(from, to)) {
      // Others may have changed the policy since: only our statement of what is there now is touched.
      const { trust, text } = await current(client, name)
      const sid = entry.slice('trust/'.length)
      const next = withStatement(trust, sid, statement)
      if (same(next, trust)) continue
      const PolicyDocument = inPlace(text, sid, statement, next)
      await client
        .iam('UpdateAssumeRolePolicy', { RoleName: name, PolicyDocument })
        .catch((error: unknown) => {
          throw withoutPrincipal(error, next, name)
        })
    }
  },
  horizon: () => 0,
}

/** The text with the one statement changed and all else byte for byte, where that says what is wanted; else written anew. */
function inPlace(text: string, sid: string, statement: Json | undefined, next: Json): string {
  const rest = withoutOurs(text, each => {
    const [found] = statementsOf({ Statement: JSON.parse(each) as Json })
    return found?.Sid === sid
  })
  const base =
    rest ?? (statementsOf(JSON.parse(text) as Json).some(({ Sid }) => Sid === sid) ? undefined : text)
  const changed =
    base === undefined || statement === undefined ? base : withOurs(base, JSON.stringify(statement))
  return changed !== undefined && means(changed, next) ? changed : JSON.stringify(next)
}

/** Whether a text has these statements, in any order, and is otherwise the same. */
function means(text: string, document: Json): boolean {
  const plain = (of: Json): Json => {
    if (typeof of !== 'object' || of === null || Array.isArray(of)) return of
    return { ...of, Statement: statementsOf(of).map(canonical).sort() }
  }
  return same(plain(JSON.parse(text) as Json), plain(document))
}

/** IAM refuses every change of a trust policy that names a principal which was deleted meanwhile. */
function withoutPrincipal(error: unknown, trust: Json, role: string): unknown {
  const [orphan] = orphansOf(trust)
  if (!(error instanceof Fault) || error.code !== 'rejected' || orphan === undefined) return error
  return new Fault(
    'missing',
    `the trust policy names ${orphan}, a principal that no longer exists: IAM takes no change to the policy`,
    {
      where: error.where ?? role,
      next: `take ${orphan} out of the trust policy (aws iam update-assume-role-policy)`,
      cause: error,
    },
  )
}

async function current(
  client: AwsClient,
  RoleName: string,
): Promise<{ uid: string; text: string; trust: Json }> {
  const { Role } = await client.iam('GetRole', { RoleName })
  const text = decodeText(Role?.AssumeRolePolicyDocument ?? '{}')
  try {
    return { uid: Role?.RoleId ?? '', text, trust: JSON.parse(text) as Json }
  } catch (cause) {
    throw new Fault('rejected', 'the trust policy is not JSON', { where: RoleName, cause })
  }
}
