import { randomBytes } from 'node:crypto'
import type { LiveOrganization } from '../organization/organization.ts'
import type { ServiceControlPolicy } from '../organization/organization-data.ts'
import { checkIdentityDocument } from '../policy-document.ts'
import { AwsError, type Value } from '../wire.ts'
import { administered, arnIn, organizationError, pageOf, text } from './organizations.ts'
import type { Call, Route, Routes } from './route.ts'

/**
 * Policies attached to one target, and characters of one policy as they are sent (Organizations User Guide, "Quotas and
 * service limits", since May 2026; before, 5 and 5,120).
 */
const QUOTAS = { attached: 10, characters: 10_240 } as const

const TYPE = 'SERVICE_CONTROL_POLICY'

function arnOf(organization: LiveOrganization, { id, awsManaged }: ServiceControlPolicy): string {
  return awsManaged
    ? `arn:aws:organizations::aws:policy/service_control_policy/${id}`
    : arnIn(organization, `policy/${organization.given.id}/service_control_policy/${id}`)
}

function summary(organization: LiveOrganization, policy: ServiceControlPolicy): Value {
  return {
    Id: policy.id,
    Arn: arnOf(organization, policy),
    Name: policy.name,
    Description: policy.description,
    Type: TYPE,
    AwsManaged: policy.awsManaged === true,
  }
}

function whole(organization: LiveOrganization, policy: ServiceControlPolicy): { Policy: Value } {
  return { Policy: { PolicySummary: summary(organization, policy), Content: policy.content } }
}

function thePolicy(call: Call, organization: LiveOrganization): ServiceControlPolicy {
  const id = text(call, 'PolicyId')
  const policy = organization.policies.get(id, call.view)
  if (policy === undefined) {
    throw organizationError(
      'PolicyNotFound',
      `We can't find a policy with the PolicyId that you specified: ${id}.`,
    )
  }
  return policy
}

function ownPolicy(call: Call, organization: LiveOrganization): ServiceControlPolicy {
  const policy = thePolicy(call, organization)
  if (policy.awsManaged) {
    throw organizationError('AccessDenied', "You can't modify a policy that AWS manages.")
  }
  return policy
}

function theTarget(call: Call, organization: LiveOrganization): string {
  const target = text(call, 'TargetId')
  if (organization.isTarget(target)) return target
  throw organizationError(
    'TargetNotFound',
    `We can't find a root, OU, or account with the TargetId that you specified: ${target}.`,
  )
}

function checkType(call: Call, member: string, organization: LiveOrganization): void {
  const type = text(call, member)
  if (type !== TYPE)
    throw new AwsError('NotImplemented', 501, `the lab does not know policies of type ${type}`)
  if (!organization.given.policyTypes.includes(TYPE)) {
    throw organizationError(
      'PolicyTypeNotEnabled',
      'This operation can be performed only for enabled policy types.',
    )
  }
}

/** @throws AwsError `MalformedPolicyDocumentException`, `ConstraintViolationException` */
function checkContent(content: string): void {
  if (content.length > QUOTAS.characters) {
    throw organizationError(
      'ConstraintViolation',
      `You have exceeded the maximum policy size of ${QUOTAS.characters} characters.`,
      'POLICY_CONTENT_LIMIT_EXCEEDED',
    )
  }
  try {
    checkIdentityDocument(content)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw organizationError(
      'MalformedPolicyDocument',
      `The provided policy document does not meet the requirements of the specified policy type: ${error.message}`,
    )
  }
}

function checkName(organization: LiveOrganization, name: string, but?: string): void {
  for (const policy of organization.policies.values()) {
    if (policy.name === name && policy.id !== but) {
      throw organizationError('DuplicatePolicy', 'A policy with the same name already exists.')
    }
  }
}

type Run = (call: Call, organization: LiveOrganization) => ReturnType<Route['run']>

const keys = () => ({ 'organizations:PolicyType': TYPE })

function resource({ estate, input }: Call): string {
  const { organization } = estate
  const policy = typeof input.PolicyId === 'string' ? organization?.policies.get(input.PolicyId) : undefined
  return organization === undefined || policy === undefined ? '*' : arnOf(organization, policy)
}

const reading = (run: Run): Route => ({ resource, keys, run: call => run(call, administered(call, 'reads')) })

const writing = (run: Run): Route => ({
  resource,
  keys,
  writes: true,
  run: call => run(call, administered(call, 'writes')),
})

export const organizationPolicies: Routes = {
  CreatePolicy: writing((call, organization) => {
    checkType(call, 'Type', organization)
    const [name, content] = [text(call, 'Name'), text(call, 'Content')]
    const { Description } = call.input
    if (typeof Description !== 'string') {
      throw organizationError('InvalidInput', 'You must specify a Description.', 'INPUT_REQUIRED')
    }
    checkContent(content)
    checkName(organization, name)
    const id = `p-${randomBytes(5).toString('hex')}`
    const policy: ServiceControlPolicy = { id, name, description: Description, content }
    organization.policies.set(id, policy)
    return whole(organization, policy)
  }),
  UpdatePolicy: writing((call, organization) => {
    const policy = ownPolicy(call, organization)
    const { Name, Description, Content } = call.input
    if (typeof Content === 'string') checkContent(Content)
    if (typeof Name === 'string') checkName(organization, Name, policy.id)
    const next: ServiceControlPolicy = {
      ...policy,
      ...(typeof Name === 'string' ? { name: Name } : {}),
      ...(typeof Description === 'string' ? { description: Description } : {}),
      ...(typeof Content === 'string' ? { content: Content } : {}),
    }
    organization.policies.set(policy.id, next)
    return whole(organization, next)
  }),
  DeletePolicy: writing((call, organization) => {
    const policy = ownPolicy(call, organization)
    for (const ids of organization.attachments.values()) {
      if (ids.includes(policy.id)) {
        throw organizationError(
          'PolicyInUse',
          'The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.',
        )
      }
    }
    organization.policies.delete(policy.id)
    return undefined
  }),
  DescribePolicy: reading((call, organization) => whole(organization, thePolicy(call, organization))),
  ListPolicies: reading((call, organization) => {
    checkType(call, 'Filter', organization)
    const all = [...organization.policies.after(undefined, call.view)].map(([, policy]) => policy)
    const { items, more } = pageOf(call, all)
    return { Policies: items.map(policy => summary(organization, policy)), ...more }
  }),
  ListPoliciesForTarget: reading((call, organization) => {
    checkType(call, 'Filter', organization)
    const target = theTarget(call, organization)
    const all = organization.attached(target, call.view).flatMap(id => {
      const policy = organization.policies.get(id, call.view)
      return policy === undefined ? [] : [policy]
    })
    const { items, more } = pageOf(call, all)
    return { Policies: items.map(policy => summary(organization, policy)), ...more }
  }),
  ListTargetsForPolicy: reading((call, organization) => {
    const { id } = thePolicy(call, organization)
    const all = [...organization.attachments.after(undefined, call.view)].flatMap(([target, ids]) =>
      ids.includes(id) ? [target] : [],
    )
    const { items, more } = pageOf(call, all)
    return { Targets: items.map(target => targetShape(organization, target)), ...more }
  }),
  AttachPolicy: writing((call, organization) => {
    const policy = thePolicy(call, organization)
    checkEnabled(organization)
    const target = theTarget(call, organization)
    const attached = organization.attached(target)
    if (attached.includes(policy.id)) {
      throw organizationError(
        'DuplicatePolicyAttachment',
        'The selected policy is already attached to the specified target.',
      )
    }
    if (attached.length >= QUOTAS.attached) {
      throw organizationError(
        'ConstraintViolation',
        'You have attached the maximum number of policies of this type to the target.',
        'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
      )
    }
    organization.attachments.set(target, [...attached, policy.id])
    return undefined
  }),
  DetachPolicy: writing((call, organization) => {
    const policy = thePolicy(call, organization)
    checkEnabled(organization)
    const target = theTarget(call, organization)
    const attached = organization.attached(target)
    if (!attached.includes(policy.id)) {
      throw organizationError(
        'PolicyNotAttached',
        "The policy isn't attached to the specified target in the specified root.",
      )
    }
    if (attached.length === 1) {
      throw organizationError(
        'ConstraintViolation',
        'You cannot detach the last policy of this type from the target.',
        'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
      )
    }
    organization.attachments.set(
      target,
      attached.filter(id => id !== policy.id),
    )
    return undefined
  }),
}

function checkEnabled({ given }: LiveOrganization): void {
  if (given.policyTypes.includes(TYPE)) return
  throw organizationError(
    'PolicyTypeNotEnabled',
    'This operation can be performed only for enabled policy types.',
  )
}

function targetShape(organization: LiveOrganization, target: string): Value {
  const { id, root } = organization.given
  const unit = organization.unit(target)
  if (target === root) {
    return { TargetId: root, Arn: arnIn(organization, `root/${id}/${root}`), Name: 'Root', Type: 'ROOT' }
  }
  if (unit) {
    const Arn = arnIn(organization, `ou/${id}/${target}`)
    return { TargetId: target, Arn, Name: unit.name, Type: 'ORGANIZATIONAL_UNIT' }
  }
  const Arn = arnIn(organization, `account/${id}/${target}`)
  return { TargetId: target, Arn, Name: organization.member(target)?.name, Type: 'ACCOUNT' }
}
