import { FULL_ACCESS } from '../organization/organization.ts'
import type { Account, Estate, Role, User } from '../store.ts'
import { allow, policy, reads, trustsAws, trustsService } from './documents.ts'
import { seedEstate } from './estate.ts'
import { ACCOUNT, idOf, secretOf, VENDOR_ACCOUNT } from './ids.ts'
import { Calendar, roleOf, userOf } from './records.ts'
import { RESPONDER } from './roles.ts'
import type { RoleSpec } from './spec.ts'

/** The role by which the responder enters a member account. */
export const MEMBER_ROLE = 'interdict-responder'
/** Roles of a vendor in every member account. */
export const MEMBER_VENDOR = 'vendor-sync'

export interface MemberOptions {
  accounts: number
  /** Roles in each account that nobody means. */
  others?: number
  /** Trust policy of the member role; the responder's role when missing. */
  trust?: object
  /** Inline policies of the member role; everything when missing. */
  policies?: { readonly [name: string]: object }
}

/** Id of the nth member account, from 1. */
export function memberId(nth: number): string {
  return String(200_000_000_000 + nth)
}

/**
 * The seeded estate with so many member accounts more in its organization, each with the member role, a user with a key, a
 * role that the vendor assumes, and others. The responder's account is a delegated administrator, so that it may list them.
 */
export function memberEstate(now: string, { accounts, ...options }: MemberOptions): Estate {
  const calendar = new Calendar(now)
  const estate = seedEstate(now)
  const { organization } = estate
  if (organization === undefined) throw new TypeError('the seed has no organization')
  // Stack sets leave out the management account; to reach it, make the role there by hand.
  const management = estate.accounts.find(({ id }) => id === organization.management)
  management?.roles.push(memberRole(organization.management, calendar, options))
  const unit = organization.members.find(({ account }) => account === ACCOUNT)?.parent ?? organization.root
  for (let nth = 1; nth <= accounts; nth += 1) {
    const account = memberId(nth)
    const name = `acme-${String(nth).padStart(3, '0')}`
    estate.accounts.push(memberAccount(account, calendar, options))
    organization.members.push({
      account,
      name,
      email: `${name}@acme.example`,
      parent: unit,
      joined: calendar.ago(900),
    })
    organization.attachments[account] = [FULL_ACCESS.id]
  }
  organization.delegated.push({
    account: ACCOUNT,
    services: ['access-analyzer.amazonaws.com'],
    since: calendar.ago(400),
  })
  return estate
}

type Options = Omit<MemberOptions, 'accounts'>

/** Names are the same in many accounts; ids are not. */
function roleIn(account: string, spec: RoleSpec, calendar: Calendar): Role {
  return { ...roleOf(spec, calendar), id: idOf('AROA', `${account}/${spec.name}`) }
}

function memberRole(account: string, calendar: Calendar, { trust, policies }: Options): Role {
  const responder = `arn:aws:iam::${ACCOUNT}:role/security/${RESPONDER}`
  const spec = {
    name: MEMBER_ROLE,
    path: '/security/',
    age: 400,
    trust:
      trust ?? trustsAws(`arn:aws:iam::${ACCOUNT}:root`, { ArnEquals: { 'aws:PrincipalArn': responder } }),
    inline: { ...(policies ?? { containment: policy(allow('*')) }) },
  }
  return roleIn(account, spec, calendar)
}

function memberAccount(id: string, calendar: Calendar, options: Options): Account {
  const own = (spec: RoleSpec) => roleIn(id, spec, calendar)
  return {
    id,
    users: [userIn(id, calendar)],
    roles: [
      memberRole(id, calendar, options),
      own({
        name: MEMBER_VENDOR,
        path: '/third-party/',
        trust: trustsAws(`arn:aws:iam::${VENDOR_ACCOUNT}:root`),
        inline: { sync: reads('vendor/') },
        used: 1,
      }),
      ...Array.from({ length: options.others ?? 0 }, (_, index) =>
        own({
          name: `service-${index + 1}`,
          trust: trustsService('lambda.amazonaws.com'),
          inline: { read: reads('app/') },
        }),
      ),
    ],
    groups: [],
    policies: [],
    oidcProviders: [],
    samlProviders: [],
    instanceProfiles: [],
    associations: [],
    secrets: [],
  }
}

function userIn(account: string, calendar: Calendar): User {
  const user = userOf({ name: 'deploy', keys: [{ age: 90, used: 0 }] }, account, calendar)
  return {
    ...user,
    id: idOf('AIDA', `${account}/deploy`),
    accessKeys: user.accessKeys.map(key => {
      const id = idOf('AKIA', `${account}/deploy`)
      return { ...key, id, secret: secretOf(id) }
    }),
  }
}
