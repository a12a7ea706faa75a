import { unlessBug } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Newcomer, Newcomers, Since } from '../../../model/newcomer.ts'
import { digestOf } from '../../../model/newcomer.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { gcpId } from '../names.ts'
import { listAccounts } from './accounts.ts'
import { accountOf } from './common-facts.ts'
import { keyIdentity } from './keys.ts'

/** Accounts and entries of the log that are read at most. */
const MOST = { accounts: 20_000, entries: 2_000 } as const

/** One entry of the Admin Activity log, which is always on (Cloud Audit Logs documentation, "AuditLog"). */
interface Entry {
  timestamp?: string
  protoPayload?: {
    methodName?: string
    authenticationInfo?: { principalEmail?: string }
    response?: { email?: string; name?: string; unique_id?: string }
  }
}

interface Made {
  maker: string | undefined
  created: string | undefined
}

/** The unique ids of the service accounts that a project has. */
export async function present(client: GcpClient): Promise<string[]> {
  const found: string[] = []
  for await (const { uniqueId } of listAccounts(client)) {
    if (found.push(uniqueId) >= MOST.accounts) break
  }
  return found
}

/**
 * Service accounts that were not there at a moment, since Google does not say when one was created; and what the Admin
 * Activity log says of accounts and keys created since, with who did it, where it may be read
 * (`logging.logEntries.list`).
 */
export async function newcomers(client: GcpClient, { time, known }: Since): Promise<Newcomers> {
  const problems: string[] = []
  const log = await logged(client, time, problems)
  const found: Newcomer[] = []
  let listed = 0
  for await (const { email, uniqueId, displayName = '' } of listAccounts(client)) {
    const entry = log.get(email)
    const isNew = known === undefined ? entry !== undefined : !known.has(digestOf(uniqueId))
    if (isNew) {
      const identity = accountNamed(client, email, uniqueId, displayName)
      found.push({ identity, ...makerIn(entry) })
    }
    if (++listed >= MOST.accounts) {
      problems.push(`only the first ${listed} service accounts were looked at`)
      break
    }
  }
  if (known === undefined) {
    problems.push('which service accounts were there before is not known: only the log can tell')
  }
  for (const [name, entry] of log) {
    const [, email, key] = /\/serviceAccounts\/([^/]+)\/keys\/([^/]+)$/.exec(name) ?? []
    if (email === undefined || key === undefined) continue
    const identity = keyIdentity(client, email, { name }, new Map(), client.timing.date())
    found.push({ identity, ...makerIn(entry) })
  }
  return { found, problems }
}

function makerIn(entry: Made | undefined): Pick<Newcomer, 'created' | 'maker'> {
  return {
    ...(entry?.created === undefined ? {} : { created: entry.created }),
    ...(entry?.maker === undefined ? {} : { maker: { name: entry.maker } }),
  }
}

/** By the address of an account, and by the full name of a key. Empty where the log may not be read, which is a problem. */
async function logged(client: GcpClient, time: string, problems: string[]): Promise<Map<string, Made>> {
  const found = new Map<string, Made>()
  const project = accountOf(client)
  const methods = ['CreateServiceAccount', 'CreateServiceAccountKey', 'UploadServiceAccountKey']
  const filter = [
    `logName="projects/${project}/logs/cloudaudit.googleapis.com%2Factivity"`,
    `timestamp>="${time}"`,
    `protoPayload.methodName=(${methods.map(each => `"google.iam.admin.v1.${each}"`).join(' OR ')})`,
  ].join(' AND ')
  try {
    let pageToken: string | undefined
    for (let read = 0; read < MOST.entries; ) {
      const { entries = [], nextPageToken } = await client.call<{
        entries?: Entry[]
        nextPageToken?: string
      }>(
        gcpCall('POST', 'logging.entries.list', '/v2/entries:list', {
          body: {
            resourceNames: [`projects/${project}`],
            filter,
            orderBy: 'timestamp asc',
            pageSize: 1000,
            ...(pageToken === undefined ? {} : { pageToken }),
          },
        }),
      )
      for (const { timestamp, protoPayload } of entries) {
        const { response, authenticationInfo } = protoPayload ?? {}
        const name = protoPayload?.methodName?.endsWith('Key') ? response?.name : response?.email
        if (name) found.set(name, { maker: authenticationInfo?.principalEmail, created: timestamp })
      }
      read += entries.length
      if (!nextPageToken || nextPageToken === pageToken) break
      pageToken = nextPageToken
    }
  } catch (error) {
    const { message } = unlessBug(error)
    problems.push(`who created what, and new keys of other accounts, are not known: ${message}`)
  }
  return found
}

function accountNamed(client: GcpClient, email: string, uid: string, displayName: string): Identity {
  const account = accountOf(client)
  return {
    id: gcpId(account, 'service-account', email),
    uid,
    cloud: 'gcp',
    account,
    kind: 'service-account',
    name: email,
    facts: { email, displayName },
  }
}
