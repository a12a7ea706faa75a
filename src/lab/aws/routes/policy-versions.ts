import { randomId } from '../issue.ts'
import { newName, newPath } from '../names.ts'
import { checkIdentityDocument, QUOTAS, sizeOf } from '../policy-document.ts'
import type { ManagedPolicy } from '../store.ts'
import { AwsError, notFound } from '../wire.ts'
import { thePolicy } from './managed-policies.ts'
import { below, type Call, filtered, limit, page, type Route, type Routes } from './route.ts'
import { countPolicies, policyShape, versionShape } from './shapes.ts'

/** Customer managed policies of an account (IAM and AWS STS quotas). */
const MOST_POLICIES = 1500

const policyArn = ({ account, params }: Call, name: string) =>
  `arn:aws:iam::${account.id}:policy${newPath(params)}${name}`

/** AWS's own policies belong to nobody's account: writing to them is denied to all. */
function ownPolicy(call: Call): ManagedPolicy {
  const policy = thePolicy({ ...call, view: 'now' })
  if (call.account.policies.get(policy.arn) !== undefined) return policy
  throw new AwsError('AccessDenied', 403, `Policy is not managed by this account: ${policy.arn}`)
}

function save({ account }: Call, policy: ManagedPolicy): void {
  account.policies.set(policy.arn, policy)
}

function checkedDocument({ params }: Call): string {
  const document = params.need('PolicyDocument')
  checkIdentityDocument(document)
  if (sizeOf(document) > QUOTAS.managedPolicy) {
    throw limit(`Cannot exceed quota for PolicySize: ${QUOTAS.managedPolicy}`)
  }
  return document
}

const isUsed = (call: Call, { arn }: ManagedPolicy) => {
  const { attached, boundaries } = countPolicies(call.account)
  return attached.has(arn) || boundaries.has(arn)
}

/** The number of a version that was never used before: ids are not given twice (API reference, CreatePolicyVersion). */
function nextVersion({ versions }: ManagedPolicy): string {
  return `v${Math.max(0, ...versions.map(({ id }) => Number(id.slice(1)))) + 1}`
}

function withoutDocument(shape: ReturnType<typeof versionShape>) {
  const { Document: _, ...rest } = shape ?? {}
  return rest
}

const onPolicy: Pick<Route, 'resource'> = { resource: ({ params }) => params.get('PolicyArn') ?? '*' }

export const policyVersions: Routes = {
  ListPolicies: {
    run(call) {
      const { account, estate, params, view } = call
      const scope = params.get('Scope') ?? 'All'
      const counts = countPolicies(account)
      const onlyAttached = params.get('OnlyAttached') === 'true'
      const wanted = (policy: ManagedPolicy) =>
        below(call)(policy) && (!onlyAttached || counts.attached.has(policy.arn))
      const all = function* (after: string | undefined) {
        // `arn:aws:iam::<account>` comes before `arn:aws:iam::aws`, so that the two lists are in order one after the other.
        if (scope !== 'AWS') yield* filtered(account.policies.after(after, view), wanted)
        if (scope === 'Local') return
        for (const [arn, policy] of [...estate.managedPolicies].sort()) {
          if ((after === undefined || arn > after) && wanted(policy)) yield [arn, policy] as const
        }
      }
      const { items, more } = page(call, all)
      return {
        Policies: items.map(each => ({ ...policyShape(each, counts), Description: undefined })),
        ...more,
      }
    },
  },
  CreatePolicy: {
    writes: true,
    resource: call => policyArn(call, call.params.need('PolicyName')),
    run(call) {
      const { account, params, clock } = call
      const name = newName(params, 'PolicyName', 'policy')
      const document = checkedDocument(call)
      const namesakes = [...account.policies.values()].filter(
        each => each.name.toLowerCase() === name.toLowerCase(),
      )
      if (namesakes.length > 0)
        throw new AwsError(
          'EntityAlreadyExists',
          409,
          `A policy called ${name} already exists. Duplicate names are not allowed.`,
        )
      if (account.policies.size >= MOST_POLICIES) {
        throw limit(`Cannot exceed quota for PoliciesPerAccount: ${MOST_POLICIES}`)
      }
      const description = params.get('Description')
      const created = clock.now()
      const policy: ManagedPolicy = {
        arn: policyArn(call, name),
        name,
        path: newPath(params),
        id: randomId('ANPA'),
        created,
        ...(description === undefined ? {} : { description }),
        defaultVersion: 'v1',
        versions: [{ id: 'v1', document, created }],
      }
      save(call, policy)
      return { Policy: policyShape(policy, countPolicies(account)) }
    },
  },
  CreatePolicyVersion: {
    ...onPolicy,
    writes: true,
    run(call) {
      const policy = ownPolicy(call)
      const document = checkedDocument(call)
      if (policy.versions.length >= QUOTAS.versions) {
        throw limit(
          `A managed policy can have up to ${QUOTAS.versions} versions. Before you create a new version, you must delete an existing version.`,
        )
      }
      const id = nextVersion(policy)
      const after: ManagedPolicy = {
        ...policy,
        ...(call.params.get('SetAsDefault') === 'true' ? { defaultVersion: id } : {}),
        versions: [...policy.versions, { id, document, created: call.clock.now() }],
      }
      save(call, after)
      return { PolicyVersion: withoutDocument(versionShape(after, id)) }
    },
  },
  SetDefaultPolicyVersion: {
    ...onPolicy,
    writes: true,
    run(call) {
      const policy = ownPolicy(call)
      const { id } = theVersion(call, policy)
      save(call, { ...policy, defaultVersion: id })
      return undefined
    },
  },
  DeletePolicyVersion: {
    ...onPolicy,
    writes: true,
    run(call) {
      const policy = ownPolicy(call)
      const { id } = theVersion(call, policy)
      if (id === policy.defaultVersion) {
        throw new AwsError('DeleteConflict', 409, 'Cannot delete the default version of a policy.')
      }
      save(call, { ...policy, versions: policy.versions.filter(each => each.id !== id) })
      return undefined
    },
  },
  DeletePolicy: {
    ...onPolicy,
    writes: true,
    run(call) {
      const policy = ownPolicy(call)
      if (isUsed(call, policy))
        throw new AwsError('DeleteConflict', 409, 'Cannot delete a policy attached to entities.')
      if (policy.versions.length > 1)
        throw new AwsError(
          'DeleteConflict',
          409,
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.",
        )
      call.account.policies.delete(policy.arn)
      return undefined
    },
  },
}

function theVersion({ params }: Call, { arn, versions }: ManagedPolicy) {
  const id = params.need('VersionId')
  const version = versions.find(each => each.id === id)
  if (version === undefined)
    throw notFound(`Policy ${arn} version ${id} does not exist or is not attachable.`)
  return version
}
