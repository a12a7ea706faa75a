import type { LiveOrganization } from '../organization/organization.ts'
import type { Member, OrganizationUnit } from '../organization/organization-data.ts'
import { AwsError, type Value } from '../wire.ts'
import type { Call, Route, Routes } from './route.ts'

/** The most items of a page (API reference, `MaxResults`). */
const PAGE = 20

export function organizationError(code: string, message: string, reason?: string): AwsError {
  return new AwsError(`${code}Exception`, 400, message, reason)
}

/** The organization of the caller's account. */
function theirs({ estate, account }: Call): LiveOrganization {
  const { organization } = estate
  if (organization?.member(account.id) === undefined) {
    throw organizationError('AWSOrganizationsNotInUse', 'Your account is not a member of an organization.')
  }
  return organization
}

/**
 * The organization, for its management account and its delegated administrators alone ("This operation can be called only
 * from the organization's management account or by a member account that is a delegated administrator").
 */
export function administered(call: Call, what: 'reads' | 'writes'): LiveOrganization {
  const organization = theirs(call)
  const { management, delegated } = organization.given
  const administrator = delegated.find(({ account }) => account === call.account.id)
  const may =
    call.account.id === management ||
    (administrator !== undefined && (what === 'reads' || administrator.policies === true))
  if (may) return organization
  throw organizationError('AccessDenied', "You don't have permissions to access this resource.")
}

export function text({ input }: Call, member: string): string {
  const value = input[member]
  if (typeof value === 'string' && value !== '') return value
  throw organizationError('InvalidInput', `You specified an invalid value for ${member}.`, 'INPUT_REQUIRED')
}

/** A page of items in the order given, with the `NextToken` that asks for the rest. */
export function pageOf<T>(
  { input }: Call,
  items: readonly T[],
): { items: T[]; more: { NextToken?: string } } {
  const asked = typeof input.MaxResults === 'number' ? input.MaxResults : PAGE
  const most = Math.min(Math.max(asked, 1), PAGE)
  const token = typeof input.NextToken === 'string' ? input.NextToken : ''
  const from = token === '' ? 0 : Number(Buffer.from(token, 'base64url').toString())
  if (!Number.isInteger(from) || from < 0) {
    throw organizationError('InvalidInput', 'The provided NextToken is not valid.', 'INVALID_NEXT_TOKEN')
  }
  const rest = from + most < items.length
  return {
    items: items.slice(from, from + most),
    more: rest ? { NextToken: Buffer.from(String(from + most)).toString('base64url') } : {},
  }
}

export function arnIn({ given }: LiveOrganization, path: string): string {
  return `arn:aws:organizations::${given.management}:${path}`
}

function accountShape(organization: LiveOrganization, { account, name, email, joined }: Member): Value {
  return {
    Id: account,
    Arn: arnIn(organization, `account/${organization.given.id}/${account}`),
    Email: email,
    Name: name,
    Status: 'ACTIVE',
    State: 'ACTIVE',
    JoinedMethod: 'CREATED',
    JoinedTimestamp: Date.parse(joined) / 1000,
  }
}

function unitShape(organization: LiveOrganization, { id, name }: OrganizationUnit): Value {
  return { Id: id, Arn: arnIn(organization, `ou/${organization.given.id}/${id}`), Name: name }
}

function parentOf(call: Call, organization: LiveOrganization): string {
  const parent = text(call, 'ParentId')
  if (parent === organization.given.root || organization.unit(parent) !== undefined) return parent
  throw organizationError('ParentNotFound', `You specified parent that doesn't exist: ${parent}.`)
}

const reading = (run: (call: Call, organization: LiveOrganization) => ReturnType<Route['run']>): Route => ({
  run: call => run(call, administered(call, 'reads')),
})

export const organizations: Routes = {
  DescribeOrganization: {
    run(call) {
      const organization = theirs(call)
      const { id, management, policyTypes } = organization.given
      return {
        Organization: {
          Id: id,
          Arn: arnIn(organization, `organization/${id}`),
          FeatureSet: 'ALL',
          MasterAccountArn: arnIn(organization, `account/${id}/${management}`),
          MasterAccountId: management,
          MasterAccountEmail: organization.member(management)?.email,
          AvailablePolicyTypes: policyTypes.map(Type => ({ Type, Status: 'ENABLED' })),
        },
      }
    },
  },
  ListAccounts: reading((call, organization) => {
    const { items, more } = pageOf(call, organization.given.members)
    return { Accounts: items.map(member => accountShape(organization, member)), ...more }
  }),
  ListRoots: reading((_, organization) => {
    const { id, root, policyTypes } = organization.given
    return {
      Roots: [
        {
          Id: root,
          Arn: arnIn(organization, `root/${id}/${root}`),
          Name: 'Root',
          PolicyTypes: policyTypes.map(Type => ({ Type, Status: 'ENABLED' })),
        },
      ],
    }
  }),
  ListOrganizationalUnitsForParent: reading((call, organization) => {
    const parent = parentOf(call, organization)
    const { items, more } = pageOf(
      call,
      organization.given.units.filter(unit => unit.parent === parent),
    )
    return { OrganizationalUnits: items.map(unit => unitShape(organization, unit)), ...more }
  }),
  ListAccountsForParent: reading((call, organization) => {
    const parent = parentOf(call, organization)
    const { items, more } = pageOf(
      call,
      organization.given.members.filter(member => member.parent === parent),
    )
    return { Accounts: items.map(member => accountShape(organization, member)), ...more }
  }),
  ListParents: reading((call, organization) => {
    const child = text(call, 'ChildId')
    const parent = organization.member(child)?.parent ?? organization.unit(child)?.parent
    if (parent === undefined) {
      throw organizationError('ChildNotFound', `You specified a child that doesn't exist: ${child}.`)
    }
    const Type = parent === organization.given.root ? 'ROOT' : 'ORGANIZATIONAL_UNIT'
    return { Parents: [{ Id: parent, Type }] }
  }),
  ListDelegatedAdministrators: reading((call, organization) => {
    const service = call.input.ServicePrincipal
    const found = organization.given.delegated.filter(
      ({ services }) => typeof service !== 'string' || services.includes(service),
    )
    const { items, more } = pageOf(call, found)
    return {
      DelegatedAdministrators: items.flatMap(({ account, since }) => {
        const member = organization.member(account)
        if (member === undefined) return []
        const shape = accountShape(organization, member)
        return [{ ...(shape as object), DelegationEnabledDate: Date.parse(since) / 1000 }]
      }),
      ...more,
    }
  }),
}
