import type { Identity } from '../../../model/identity.ts'
import type { Reachable } from '../../../model/provider.ts'
import type { AwsClient } from '../client.ts'
import { iamPages } from '../http/pages.ts'
import { listOf } from '../settings/documents.ts'
import { arnOf } from '../settings/settings.ts'
import { roles } from './bulk-listing.ts'

/** Roles that the simulator is asked about in one call. */
const AT_ONCE = 50

/**
 * Returns what finds the roles of the account that a user or a role may assume: those whose trust policy names it, and those
 * that trust its account and that its own policies let it assume, by IAM's simulator (IAM User Guide, "Cross account resource
 * access in IAM": in the same account, being named is enough). Roles are listed once in a stage.
 */
export function assumableBy(client: AwsClient): (identity: Identity) => Promise<Reachable[]> {
  return async identity => {
    if (identity.kind !== 'user' && identity.kind !== 'role') return []
    const listed = await client.shared('roles that may be assumed', () => allRoles(client))
    const arn = arnOf(client, identity)
    const named: Reachable[] = []
    const trusting: Identity[] = []
    for (const role of listed) {
      if (role.uid === identity.uid) continue
      const { principals, accounts, open } = trustIn(role)
      if (principals.includes(arn)) named.push(reachable(role, 'its trust policy names it'))
      else if (accounts.includes(client.account) || open) trusting.push(role)
    }
    const allowed = await mayAssume(client, arn, trusting)
    return [
      ...named,
      ...allowed.map(role => reachable(role, 'it trusts the account, and its policies allow it')),
    ]
  }
}

async function allRoles(client: AwsClient): Promise<Identity[]> {
  const found: Identity[] = []
  for await (const role of roles(client)) {
    // Only AWS changes these, and lets nobody else assume a service-linked one.
    if (role.facts.reserved === '') found.push(role)
  }
  return found
}

/** The roles whose ARN the policies of a principal let it assume. */
async function mayAssume(client: AwsClient, arn: string, all: readonly Identity[]): Promise<Identity[]> {
  const found: Identity[] = []
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE)
    const input = {
      PolicySourceArn: arn,
      ActionNames: ['sts:AssumeRole'],
      ResourceArns: some.map(role => arnOf(client, role)),
    }
    const results = await iamPages(
      Marker => client.iam('SimulatePrincipalPolicy', { ...input, ...Marker }),
      ({ EvaluationResults }) => EvaluationResults,
    )
    const allowed = new Set<string>()
    for (const { EvalResourceName, EvalDecision, ResourceSpecificResults = [] } of results) {
      if (EvalDecision === 'allowed' && EvalResourceName) allowed.add(EvalResourceName)
      for (const each of ResourceSpecificResults) {
        if (each.EvalResourceDecision === 'allowed' && each.EvalResourceName)
          allowed.add(each.EvalResourceName)
      }
    }
    found.push(...some.filter(role => allowed.has(arnOf(client, role))))
  }
  return found
}

function trustIn({ facts: { trust } }: Identity): {
  principals: string[]
  accounts: string[]
  open: boolean
} {
  if (typeof trust !== 'object' || trust === null || Array.isArray(trust)) {
    return { principals: [], accounts: [], open: false }
  }
  return {
    principals: listOf(trust.principals),
    accounts: listOf(trust.accounts),
    open: trust.open === true,
  }
}

function reachable(identity: Identity, because: string): Reachable {
  return { identity, because, revoke: revokeCommand(identity.name) }
}

/** Denies the role what was issued until the command is given, as the console does (IAM User Guide, "Revoke IAM role temporary security credentials"). */
function revokeCommand(role: string): string {
  const document =
    '{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Deny\\",\\"Action\\":\\"*\\",\\"Resource\\":\\"*\\",\\"Condition\\":{\\"DateLessThan\\":{\\"aws:TokenIssueTime\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"}}}]}'
  return `aws iam put-role-policy --role-name ${role} --policy-name AWSRevokeOlderSessions --policy-document "${document}"`
}
