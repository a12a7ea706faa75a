import {
  type Entity,
  entity,
  first,
  named,
  type Part,
  partAt,
  roleOrder,
  rolesOf,
  userOrder,
  usersOf,
} from './aws-entities.ts'
import { at, type Case, type Listing } from './aws-sequences.ts'
import { type AwsRecording, inner, list, type Members, text, texts } from './recordings.ts'

/** One account at one moment, made of the recorded answers of a case. */
export interface Account {
  name: string
  id: string
  caller: Part<Members>
  users: Map<string, Entity>
  roles: Map<string, Entity>
  /** Files of the listings of users and of roles, which also say who is not there. */
  listed: { users: string[]; roles: string[] }
  providers: Map<string, Part<Members>>
  /** Service-specific credentials of all users. */
  services: Part<Members[]>
  policies: Map<string, Part<Members>>
  /** Absent where no report was recorded, or where it was refused. */
  report: Part<Members> | undefined
  summary: Part<Members> | undefined
  aliases: Part<string[]> | undefined
  /** The recorded `State` answers, before the report is complete. */
  reportStates: AwsRecording[]
  /** Recorded refusals of operations, `GetRole some-role` or `GetCredentialReport`. */
  refusals: Map<string, AwsRecording>
  organization: AwsRecording | undefined
  accounts: Part<Members[]> | undefined
  /** Credentials of a role. */
  assumed?: AwsRecording
  /** Decisions of the policy simulator. */
  simulation: AwsRecording | undefined
}

/** How many moments a case has: each answer about one thing is served at one of them. */
export function momentsOf(recorded: Case): number {
  const named = [
    recorded.named('GetUser', body => text(inner(body, 'User'), 'UserName')),
    recorded.named('GetRole', body => text(inner(body, 'Role'), 'RoleName')),
    recorded.named('GetPolicy', body => text(inner(body, 'Policy'), 'Arn')),
    recorded.named('ListAccessKeys', body => text(list(body, 'AccessKeyMetadata')[0], 'UserName')),
  ].flatMap(each => [...each.values()].map(({ length }) => length))
  const whole = [
    'ListAccountAliases',
    'GetCredentialReport',
    'GetOpenIDConnectProvider',
    'ListUsers',
    'ListRoles',
    'SimulatePrincipalPolicy',
  ]
  const perUser = [
    'ListUserPolicies',
    'ListAttachedUserPolicies',
    'ListGroupsForUser',
    'ListSSHPublicKeys',
    'ListAccessKeys',
  ]
  const perRole = ['ListRolePolicies', 'ListAttachedRolePolicies', 'ListInstanceProfilesForRole']
  const rounds = (operations: string[], names: string[]) =>
    operations.map(each => Math.ceil(recorded.all(each).length / Math.max(1, names.length)))
  return Math.max(
    1,
    ...named,
    ...whole.map(each => recorded.all(each).length),
    recorded.listings('ListInstanceProfiles', 'InstanceProfiles').length,
    ...rounds(perUser, userOrder(recorded)),
    ...rounds(perRole, roleOrder(recorded)),
  )
}

export function accountOf(recorded: Case, moment: number): Account {
  const users = usersOf(recorded, moment)
  const roles = rolesOf(recorded, moment)
  const caller = at(recorded.all('GetCallerIdentity'), moment)
  const reports = at(recorded.all('GetCredentialReport'), moment)
  const arn = [...users.values(), ...roles.values()].map(({ self }) => text(self.value, 'Arn') ?? '')
  const id =
    text(caller?.body, 'Account') ??
    arn.flatMap(each => /::(\d{12}):/.exec(each)?.[1] ?? [])[0] ??
    '644160558196'
  const aliases = at(recorded.all('ListAccountAliases'), moment)
  const accounts = at(recorded.listings('ListAccounts', 'Accounts'), moment)
  const account: Account = {
    name: `${recorded.name} at moment ${moment}`,
    id,
    // A case without an answer of GetCallerIdentity is looked at by somebody who is not in it.
    caller: caller
      ? { value: caller.body, files: [caller.file] }
      : { value: { UserId: 'AIDAREADER', Account: id, Arn: `arn:aws:iam::${id}:user/reader` }, files: [] },
    users,
    roles,
    listed: {
      users: at(recorded.listings('ListUsers', 'Users'), moment)?.files ?? [],
      roles: at(recorded.listings('ListRoles', 'Roles'), moment)?.files ?? [],
    },
    providers: providersOf(recorded, moment),
    services: partOf(
      at(recorded.listings('ListServiceSpecificCredentials', 'ServiceSpecificCredentials'), moment),
    ),
    policies: policiesOf(recorded, moment),
    report: reports?.status === 200 ? { value: reports.body, files: [reports.file] } : undefined,
    summary: summaryOf(recorded),
    aliases: aliases && { value: texts(aliases.body, 'AccountAliases'), files: [aliases.file] },
    reportStates: [...recorded.all('GenerateCredentialReport')],
    refusals: refusalsOf(recorded, moment),
    organization: recorded.all('DescribeOrganization')[0],
    accounts: accounts && partOf(accounts),
    simulation: at(recorded.all('SimulatePrincipalPolicy'), moment),
  }
  addReported(account)
  addHolder(account)
  return account
}

function partOf(listing: Listing | undefined): Part<Members[]> {
  return { value: listing?.items ?? [], files: listing?.files ?? [] }
}

function summaryOf(recorded: Case): Part<Members> | undefined {
  const [summary] = recorded.all('GetAccountSummary')
  return summary && { value: summary.body, files: [summary.file] }
}

function providersOf(recorded: Case, moment: number): Map<string, Part<Members>> {
  const listed = at(recorded.listings('ListOpenIDConnectProviders', 'OpenIDConnectProviderList'), moment)
  const answer = at(recorded.all('GetOpenIDConnectProvider'), moment)
  const [arn] = named(listed?.items ?? [], 'Arn')
  if (arn === undefined || answer?.status !== 200) return new Map()
  return new Map([[arn, { value: answer.body, files: [...(listed?.files ?? []), answer.file] }]])
}

function policiesOf(recorded: Case, moment: number): Map<string, Part<Members>> {
  const found = new Map<string, Part<Members>>()
  const listed = at(recorded.listings('ListPolicies', 'Policies'), moment)
  for (const each of listed?.items ?? [])
    found.set(text(each, 'Arn') ?? '', { value: each, files: listed?.files ?? [] })
  for (const [arn, answers] of recorded.named('GetPolicy', body => text(inner(body, 'Policy'), 'Arn'))) {
    const part = partAt(at(answers, moment), body => inner(body, 'Policy') ?? {})
    if (part) found.set(arn, part)
    else found.delete(arn)
  }
  return found
}

function refusalsOf(recorded: Case, moment: number): Map<string, AwsRecording> {
  const [provider] = named(
    first(recorded.listings('ListOpenIDConnectProviders', 'OpenIDConnectProviderList'))?.items ?? [],
    'Arn',
  )
  const names: { readonly [operation: string]: (body: Members) => string | undefined } = {
    GetUser: body => text(inner(body, 'User'), 'UserName'),
    GetRole: body => text(inner(body, 'Role'), 'RoleName'),
    GetPolicy: body => text(inner(body, 'Policy'), 'Arn'),
    GetOpenIDConnectProvider: () => provider,
  }
  const found = new Map<string, AwsRecording>()
  for (const [operation, nameOf] of Object.entries(names)) {
    for (const [name, answers] of recorded.named(operation, nameOf)) {
      const answer = at(answers, moment)
      if (answer && answer.status !== 200) found.set(`${operation} ${name}`, answer)
    }
  }
  const report = at(recorded.all('GetCredentialReport'), moment)
  if (report && report.status !== 200) found.set('GetCredentialReport', report)
  return found
}

/** Users who are in the credential report alone: the report tells their names and when they were made. */
function addReported(account: Account): void {
  const [header = '', ...lines] = (text(account.report?.value, 'Content') ?? '').trim().split('\n')
  const columns = header.split(',')
  for (const line of lines) {
    const cells = line.split(',')
    const [name = '', Arn = ''] = cells
    if (name === '' || name.startsWith('<') || account.users.has(name)) continue
    const CreateDate = cells[columns.indexOf('user_creation_time')]?.replace('+00:00', 'Z')
    account.users.set(name, entity([], { UserName: name, Arn, CreateDate }))
  }
}

/** The role that holds them. */
export const HOLDER = 'holds-the-other-policies'

/** Composed: a role with the recorded policies that nobody holds in a recording (a group does, or it was cut). */
function addHolder({ users, roles, policies, refusals }: Account): void {
  const attached = [...users.values(), ...roles.values()].flatMap(each => each.attached?.value ?? [])
  const held = new Set(named(attached, 'PolicyArn'))
  const refused = [...refusals.keys()].flatMap(each => /^GetPolicy (arn:.*)$/.exec(each)?.[1] ?? [])
  const others = [...policies.keys(), ...refused].filter(arn => !held.has(arn))
  if (others.length === 0) return
  const holder = entity([], { RoleName: HOLDER })
  const value = others.map(PolicyArn => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyArn }))
  roles.set(HOLDER, { ...holder, attached: { value, files: [] } })
}
