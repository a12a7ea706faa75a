import type { Identity } from '../../../model/identity.ts'
import type { Newcomer, Newcomers, Since } from '../../../model/newcomer.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { awsId } from '../names.ts'
import { accessKeyIdentity, listAccessKeys } from './credentials.ts'

/** The most that IAM gives on a page; it may give less. */
const PAGE = 1000
/** Pages of one listing that are read at most. */
const PAGES = 20
/** In an account with more users, their keys are not asked for one user at a time. */
const USERS = 100
/** In a command for a shell: names of IAM are letters, digits and `_+=,.@-` (IAM User Guide, "IAM and AWS STS quotas"). */
const SAFE = /^[\w+=,.@-]{1,128}$/

/** A user or a role as the short listings of IAM show it. */
interface Principal {
  kind: 'user' | 'role'
  name: string
  uid: string
  path: string
  created: Date | undefined
}

/**
 * Users, roles and access keys whose `CreateDate` is not before a moment. IAM does not say who created them: CloudTrail does,
 * some minutes later, and each newcomer has the command that asks it (CloudTrail User Guide, "LookupEvents": events of IAM
 * are in the region of IAM, us-east-1 in the commercial partition).
 */
export async function newcomers(client: AwsClient, { time }: Since): Promise<Newcomers> {
  const problems: string[] = []
  // IAM shows whole seconds.
  const from = Math.floor(Date.parse(time) / 1000) * 1000
  const isNew = (created: Date | undefined) => created !== undefined && created.getTime() >= from
  const region = await client.globalRegion()
  const ask = (name: string) => (SAFE.test(name) ? { ask: lookup(region, name, time) } : {})
  const [users, roles] = await Promise.all([
    listed(client, 'user', problems),
    listed(client, 'role', problems),
  ])
  const found: Newcomer[] = [...roles, ...users]
    .filter(({ created }) => isNew(created))
    .map(each => ({
      identity: identityOf(client, each),
      created: each.created?.toISOString() ?? '',
      ...ask(each.name),
    }))
  if (users.length > USERS) {
    problems.push(`new access keys of the ${users.length} users are not looked for one by one`)
    return { found, problems }
  }
  const keys = await Promise.all(
    users.map(async ({ name }) =>
      ((await unlessGone(listAccessKeys(client, name))) ?? []).map(key => ({ name, key })),
    ),
  )
  for (const { name, key } of keys.flat()) {
    if (!isNew(key.CreateDate)) continue
    const identity = accessKeyIdentity(client.account, name, key, undefined, client.timing.date())
    found.push({ identity, created: key.CreateDate?.toISOString() ?? '', ...ask(identity.name) })
  }
  return { found, problems }
}

async function listed(client: AwsClient, kind: 'user' | 'role', problems: string[]): Promise<Principal[]> {
  const found: Principal[] = []
  let marker: string | undefined
  for (let page = 0; page < PAGES; page++) {
    const input = { MaxItems: PAGE, ...(marker === undefined ? {} : { Marker: marker }) }
    const { items, next } = kind === 'user' ? await usersAt(client, input) : await rolesAt(client, input)
    found.push(...items)
    if (next === undefined) return found
    marker = next
  }
  problems.push(`only the first ${found.length} ${kind}s were looked at`)
  return found
}

type Input = { MaxItems: number; Marker?: string }

async function usersAt(client: AwsClient, input: Input) {
  const { Users = [], IsTruncated, Marker } = await client.iam('ListUsers', input)
  const items = Users.map(
    ({ UserName: name = '', UserId: uid = '', Path: path = '/', CreateDate: created }): Principal => ({
      kind: 'user',
      name,
      uid,
      path,
      created,
    }),
  )
  return { items, next: IsTruncated ? Marker : undefined }
}

async function rolesAt(client: AwsClient, input: Input) {
  const { Roles = [], IsTruncated, Marker } = await client.iam('ListRoles', input)
  const items = Roles.map(
    ({ RoleName: name = '', RoleId: uid = '', Path: path = '/', CreateDate: created }): Principal => ({
      kind: 'role',
      name,
      uid,
      path,
      created,
    }),
  )
  return { items, next: IsTruncated ? Marker : undefined }
}

function identityOf({ account }: AwsClient, { kind, name, uid, path, created }: Principal): Identity {
  return {
    id: awsId(account, kind, name),
    uid,
    cloud: 'aws',
    account,
    kind,
    name,
    facts: { path, ...(created === undefined ? {} : { created: created.toISOString() }) },
  }
}

/** Management events of the last 90 days by the name of what they were about. */
function lookup(region: string, name: string, time: string): string {
  return `aws cloudtrail lookup-events --region ${region} --start-time ${time} --lookup-attributes AttributeKey=ResourceName,AttributeValue=${name}`
}
