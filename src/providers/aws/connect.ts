import { z } from 'zod'
import { Fault, toFault } from '../../model/fault.ts'
import type { Connected, ConnectOptions, Session } from '../../model/provider.ts'
import { associationIdentities } from './associations.ts'
import { ownIssuer, type WhoAmI, warningsFor, whoAmI } from './caller.ts'
import { type AwsClient, awsClient, type ClientOptions, type Credentials } from './client.ts'
import { credentialsOf } from './credentials.ts'
import { inventory } from './inventory.ts'
import { Lane } from './lane.ts'
import { pages } from './pages.ts'
import { sparesFor } from './spares.ts'

/** `scope.aws` of a playbook. */
export const scopeSchema = z.strictObject({
  accounts: z
    .array(z.union([z.literal('self'), z.literal('organization'), z.string().regex(/^\d{12}$/)]))
    .min(1)
    .default(['self']),
  /** The role to assume in accounts other than our own. */
  role: z
    .string()
    .regex(/^[\w+=,.@/-]{1,512}$/)
    .default('OrganizationAccountAccessRole'),
  externalId: z.string().optional(),
  /** Regions whose instances are looked at; else the one of the environment. */
  regions: z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/)).optional(),
})

const labCredentials = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
})

/** Signs in to every account of the scope. One that cannot be reached leaves the others. */
export async function connect(options: ConnectOptions): Promise<Connected<AwsClient>> {
  const checked = scopeSchema.safeParse(options.scope)
  if (!checked.success) {
    throw new Fault('invalid-playbook', `scope.aws: ${z.prettifyError(checked.error)}`, {
      where: 'scope.aws',
    })
  }
  const scope = checked.data
  const region = options.lab
    ? 'us-east-1'
    : (process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1')
  const given = options.lab ? labCredentials.parse(options.lab.credentials) : undefined
  const base: Omit<ClientOptions, 'lane' | 'account'> = {
    partition: 'aws',
    region,
    regions: scope.regions ?? [region],
    ...(options.run === undefined ? {} : { run: options.run }),
    ...(options.lab ? { endpoint: options.lab.endpoint } : {}),
    ...(given
      ? {
          credentials: {
            accessKeyId: given.accessKeyId,
            secretAccessKey: given.secretAccessKey,
            ...(given.sessionToken === undefined ? {} : { sessionToken: given.sessionToken }),
          },
        }
      : {}),
  }
  const first = awsClient({ ...base, account: '', lane: new Lane() })
  let me: WhoAmI
  try {
    me = await whoAmI(first)
  } catch (error) {
    first.close()
    return { sessions: [], unreached: [{ account: 'self', fault: signInFault(error).record() }] }
  }
  const own = awsClient({ ...base, account: me.account, partition: me.partition, lane: new Lane() })
  first.close()

  const connected: Connected<AwsClient> = { sessions: [], unreached: [] }
  for (const account of await accountsOf(scope.accounts, own, me, connected)) {
    try {
      connected.sessions.push(
        account === me.account ? await open(own, me, []) : await assume(account, { base, scope, me, own }),
      )
    } catch (error) {
      connected.unreached.push({ account, fault: signInFault(error).record() })
    }
  }
  if (!connected.sessions.some(({ client }) => client === own)) own.close()
  return connected
}

async function accountsOf(
  wanted: readonly string[],
  own: AwsClient,
  me: WhoAmI,
  connected: Connected<AwsClient>,
): Promise<string[]> {
  const accounts = new Set<string>()
  for (const each of wanted) {
    if (each === 'self') accounts.add(me.account)
    else if (each !== 'organization') accounts.add(each)
    else {
      try {
        for (const account of await organizationAccounts(own)) accounts.add(account)
      } catch (error) {
        connected.unreached.push({ account: 'organization', fault: toFault(error).record() })
      }
    }
  }
  return [...accounts]
}

/** `State` is the successor of `Status`, which AWS announced to retire in 2026; an older endpoint has only the latter. */
async function organizationAccounts(client: AwsClient): Promise<string[]> {
  const accounts = await pages(async ({ Marker }) => {
    const page = await client.organizations('ListAccounts', Marker === undefined ? {} : { NextToken: Marker })
    return { items: page.Accounts ?? [], marker: page.NextToken }
  })
  return accounts.flatMap(({ Id, State, Status }) => ((State ?? Status) === 'ACTIVE' && Id ? [Id] : []))
}

interface Assuming {
  base: Omit<ClientOptions, 'lane' | 'account'>
  scope: z.infer<typeof scopeSchema>
  me: WhoAmI
  own: AwsClient
}

async function assume(account: string, { base, scope, me, own }: Assuming): Promise<Session<AwsClient>> {
  const RoleArn = `arn:${me.partition}:iam::${account}:role/${scope.role}`
  const credentials: Credentials = async () => {
    const { Credentials } = await own.sts('AssumeRole', {
      RoleArn,
      RoleSessionName: `interdict-${base.run ?? 'session'}`,
      ...(scope.externalId === undefined ? {} : { ExternalId: scope.externalId }),
    })
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
      // The SDK asks again shortly before this.
      ...(Credentials?.Expiration ? { expiration: Credentials.Expiration } : {}),
    }
  }
  const client = awsClient({ ...base, account, partition: me.partition, credentials, lane: new Lane() })
  const there = await whoAmI(client)
  if (there.account !== account)
    throw new Fault('wrong-target', `expected account ${account}, got ${there.account}`)
  return await open(client, there, me.uids)
}

async function open(
  client: AwsClient,
  me: WhoAmI,
  cameThrough: readonly string[],
): Promise<Session<AwsClient>> {
  const uids = [...me.uids, ...cameThrough]
  const issuer = await ownIssuer(process.env)
  const spares = sparesFor({ account: me.account, uids, name: me.name, issuer })
  const { AccountAliases = [] } = await client
    .iam('ListAccountAliases', {})
    .catch(() => ({ AccountAliases: [] as string[] }))
  const [alias] = AccountAliases
  const endpoint = client.endpoint()
  let associations: ReturnType<typeof associationIdentities> | undefined
  return {
    cloud: 'aws',
    account: me.account,
    ...(alias === undefined ? {} : { alias }),
    caller: { name: me.name, uids },
    ...(endpoint === undefined ? {} : { endpoint }),
    client,
    inventory: (query, tell) => inventory(client, query, tell),
    credentials: async owner =>
      owner.kind === 'user' ? await credentialsOf(client, me.account, owner.name) : [],
    async dependents(identity) {
      const { instanceProfiles } = identity.facts
      if (identity.kind !== 'role' || !Array.isArray(instanceProfiles) || instanceProfiles.length === 0)
        return []
      associations ??= associationIdentities(client)
      return (await associations)
        .filter(({ facts }) => instanceProfiles.includes(facts.profile ?? ''))
        .map(({ name }) => `EC2 instance ${name}`)
    },
    spares,
    warnings: warningsFor(me),
    calls: () => client.calls,
    close: async () => client.close(),
  }
}

function signInFault(error: unknown): Fault {
  const fault = toFault(error)
  if (fault.code !== 'denied') return fault
  return new Fault('not-authenticated', fault.message, {
    ...(fault.where === undefined ? {} : { where: fault.where }),
    next: 'check the role that is to be assumed, its trust policy and the external id',
    cause: error,
  })
}
