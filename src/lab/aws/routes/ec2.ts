import { randomBytes } from 'node:crypto'
import { denial, judge } from '../authorize.ts'
import { keyOf, profileArn, roleArn } from '../estate.ts'
import type { InstanceAssociation, InstanceProfile } from '../store.ts'
import { AwsError } from '../wire.ts'
import type { Call, Routes } from './route.ts'
import { date } from './shapes.ts'

/** Those that are enabled in the account. */
const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-east-2']

function shape({ account }: Call, association: InstanceAssociation, state: string) {
  const name = association.profile
  const profile = account.instanceProfiles.get(keyOf({ name }))
  return {
    associationId: association.id,
    instanceId: association.instance,
    iamInstanceProfile: {
      arn: profileArn(account.id, profile ?? { path: '/', name }),
      id: profile?.id,
    },
    state,
    timestamp: date(association.created),
  }
}

/** A page of a list that is not kept: the token is how many came before. */
function page<T>(
  { params }: Call,
  items: readonly T[],
  otherwise: number,
): { items: T[]; nextToken?: string } {
  const most = params.count('MaxResults', otherwise, 1000)
  const token = params.get('NextToken')
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString())
  if (!Number.isInteger(from)) throw new AwsError('InvalidNextToken', 400, 'The token is not valid')
  const nextToken = Buffer.from(String(from + most)).toString('base64url')
  return { items: items.slice(from, from + most), ...(from + most < items.length ? { nextToken } : {}) }
}

function theProfile({ params, account }: Call): InstanceProfile {
  const given = params.get('IamInstanceProfile.Name') ?? params.get('IamInstanceProfile.Arn')
  const name = given?.split('/').at(-1) ?? ''
  const profile = account.instanceProfiles.get(keyOf({ name }))
  if (profile === undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      400,
      `Value (${given}) for parameter iamInstanceProfile is invalid`,
    )
  }
  return profile
}

/** A caller that gives a role to an instance must be allowed to pass it. */
function permitPass({ estate, account, caller, context, enforced }: Call, role: string | undefined): void {
  const record = role === undefined ? undefined : account.roles.get(keyOf({ name: role }))
  if (record === undefined || caller === undefined) return
  const request = {
    action: 'iam:PassRole',
    resource: roleArn(account.id, record),
    context: { ...context, 'iam:PassedToService': 'ec2.amazonaws.com' },
  }
  const verdict = judge(estate, caller, request, enforced)
  if (verdict.decision !== 'allowed') throw denial('ec2', caller, request, verdict)
}

const onInstance = ({ region, account, params }: Call) =>
  `arn:aws:ec2:${region}:${account.id}:instance/${params.get('InstanceId') ?? '*'}`

export const ec2: Routes = {
  DescribeRegions: {
    run: () => ({
      regionInfo: REGIONS.map(regionName => ({
        regionName,
        regionEndpoint: `ec2.${regionName}.amazonaws.com`,
        optInStatus: 'opt-in-not-required',
      })),
    }),
  },
  DescribeIamInstanceProfileAssociations: {
    run(call) {
      const { account, params, region, view } = call
      const ids = params.list('AssociationId')
      const filters = params.structures('Filter').map(filter => ({
        name: filter.get('Name'),
        values: filter.list('Value'),
      }))
      const isWanted = ({ id, instance }: InstanceAssociation) =>
        (ids.length === 0 || ids.includes(id)) &&
        filters.every(({ name, values }) => {
          if (name === 'instance-id') return values.includes(instance)
          if (name === 'state') return values.includes('associated')
          throw new AwsError('InvalidParameterValue', 400, `The filter '${name}' is invalid`)
        })
      const found: InstanceAssociation[] = []
      for (const [, each] of account.associations.after(undefined, view)) {
        if (each.region === region && isWanted(each)) found.push(each)
      }
      const { items, nextToken } = page(call, found, 100)
      const iamInstanceProfileAssociationSet = items.map(each => shape(call, each, 'associated'))
      return { iamInstanceProfileAssociationSet, nextToken }
    },
  },
  DisassociateIamInstanceProfile: {
    writes: true,
    resource: onInstance,
    run(call) {
      const { account, params, region } = call
      const id = params.need('AssociationId')
      const association = account.associations.get(id)
      if (association?.region !== region) {
        const message = `An invalid association-id of '${id}' was given`
        throw new AwsError('InvalidAssociationID.NotFound', 400, message)
      }
      account.associations.delete(id)
      return { iamInstanceProfileAssociation: shape(call, association, 'disassociating') }
    },
  },
  AssociateIamInstanceProfile: {
    writes: true,
    resource: onInstance,
    run(call) {
      const { account, params, region, clock } = call
      const profile = theProfile(call)
      permitPass(call, profile.role)
      const instance = params.need('InstanceId')
      for (const each of account.associations.values()) {
        if (each.instance !== instance) continue
        const message = `There is an existing association for instance ${instance}`
        throw new AwsError('IncorrectState', 400, message)
      }
      const association: InstanceAssociation = {
        id: `iip-assoc-${randomBytes(9).toString('hex').slice(0, 17)}`,
        region,
        instance,
        profile: profile.name,
        created: clock.now(),
      }
      account.associations.set(association.id, association)
      return { iamInstanceProfileAssociation: shape(call, association, 'associating') }
    },
  },
}
