import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AwsClient } from '../../src/clouds/aws/client.ts'
import { GuardPolicies } from '../../src/clouds/aws/guard/policy.ts'
import { aws } from '../../src/clouds/aws/provider.ts'
import { assumedRole } from '../../src/clouds/aws/sign-in/assumed-role.ts'
import type { Fault } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { accountOf, momentsOf } from './aws-account.ts'
import { hold } from './aws-hold.ts'
import { mergedAccount } from './aws-merged.ts'
import type { Seat } from './aws-pages.ts'
import { Case } from './aws-sequences.ts'
import { documentsOf, RecordedAws } from './aws-server.ts'
import { awsRecordings, inner, list, type Members, text } from './recordings.ts'
import { Tally } from './tally.ts'

const tally = new Tally('aws')
const server = new RecordedAws(tally)
const recordings = awsRecordings()
const documents = documentsOf(recordings)
const cases = [...Map.groupBy(recordings, each => each.case)].map(([name, some]) => new Case(name, some))
const saved = { ...process.env }
let endpoint: string

beforeAll(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  endpoint = await server.start()
})

afterAll(async () => {
  process.env = saved
  await server.stop()
  tally.save()
})

async function signedIn(seat: Omit<Seat, 'documents'>, scope: Json = {}): Promise<Session<AwsClient>[]> {
  const credentials = server.seat({ ...seat, documents })
  const { sessions, unreached } = await aws.connect({ timing: REAL, scope, lab: { endpoint, credentials } })
  expect(unreached).toEqual([])
  return sessions as Session<AwsClient>[]
}

async function held(seat: Omit<Seat, 'documents'>, before: Identity[] = []): Promise<Identity[]> {
  const [session] = await signedIn(seat)
  return await hold(tally, session!, { ...seat, documents }, before)
}

/** Sizes of pages, in turn. */
const PAGES = [{ page: 1 }, { page: 2, emptyFirst: true }, { page: 7 }, { page: Number.POSITIVE_INFINITY }]

describe.each(cases.map((each, index) => [each.name, each, index] as const))('%s', (_, recorded, index) => {
  test('is read as recorded at every moment', async () => {
    const before = tally.problems.length
    let found: Identity[] = []
    for (let moment = 0; moment < momentsOf(recorded); moment += 1) {
      const seat = PAGES[(index + moment) % PAGES.length]!
      found = await held({ account: accountOf(recorded, moment), ...seat }, found)
    }
    expect(tally.problems.slice(before)).toEqual([])
  })
})

describe('an account of all cases', () => {
  const merged = mergedAccount(cases.map(each => accountOf(each, 0)))

  test.each([{ page: 1 }, { page: 2, emptyFirst: true }, { page: 7 }, { page: Number.POSITIVE_INFINITY }])(
    'is read as recorded in pages of $page',
    async seat => {
      const before = tally.problems.length
      await held({ account: merged, ...seat })
      expect(tally.problems.slice(before)).toEqual([])
    },
  )
})

/** Any operation, also those whose names the provider never writes down. */
function loose(call: unknown): (operation: string, input: object) => Promise<unknown> {
  return call as ReturnType<typeof loose>
}

/** Refusals without a message, as the API reference names them. */
const NAMES: { readonly [code: string]: string } = {
  ReportNotPresent: 'CredentialReportNotPresentException',
  ReportInProgress: 'CredentialReportNotReadyException',
}

/** The meaning of each recorded refusal for a responder. */
const MEANINGS: { readonly [code: string]: string } = {
  NoSuchEntity: 'gone',
  UnmodifiableEntity: 'unmodifiable',
  DeleteConflict: 'rejected',
  ReportNotPresent: 'rejected',
  ReportInProgress: 'rejected',
  AccessDeniedException: 'denied',
  AWSOrganizationsNotInUseException: 'rejected',
}

test.each(recordings.filter(({ status }) => status !== 200).map(each => [each.file, each] as const))(
  'a fault says what %s refused',
  async (_, refused) => {
    const { service, operation, body } = refused
    const { Code, Message = NAMES[String(Code)] } = body['Error'] as Members
    const account = accountOf(new Case(refused.case, []), 0)
    account.refusals.set(operation, refused)
    const [session] = await signedIn({ account, page: 1 })
    const { client } = session!
    const call = loose(service === 'iam' ? client.iam : client.organizations)
    const fault = await call(operation, {}).catch((error: unknown) => error)
    const { code, message, where } = fault as Fault
    tally.refusals += 1
    const expected = [
      MEANINGS[String(Code)],
      `${service}:${operation}: ${Message}`,
      `${service}:${operation} in ${account.id}`,
    ]
    expect(tally.same(refused.file, [code, message, where], expected)).toBe(true)
  },
)

const simulated = recordings.filter(
  ({ operation, status }) => operation === 'SimulatePrincipalPolicy' && status === 200,
)

test.each(simulated.map(each => [each.file, each] as const))(
  'what an identity may undo is what %s allows',
  async (_, recorded) => {
    const account = { ...accountOf(new Case(recorded.case, []), 0), simulation: recorded }
    const [session] = await signedIn({ account, page: 1 })
    const id = `aws:${account.id}:role/some`
    const role: Identity = {
      id,
      uid: 'AROASOME',
      cloud: 'aws',
      account: account.id,
      kind: 'role',
      name: 'some',
      facts: {},
    }
    const allowed = list(recorded.body, 'EvaluationResults').filter(
      each => each['EvalDecision'] === 'allowed',
    )
    tally.readings += 1
    const found = await session!.undoes?.(role)
    expect(
      tally.same(
        recorded.file,
        found,
        allowed.map(each => each['EvalActionName']),
      ),
    ).toBe(true)
  },
)

describe('an organization', () => {
  const organized = cases.filter(each => each.all('DescribeOrganization').length > 0)

  test.each(organized.map(each => [each.name, each] as const))(
    'is read for guards as %s recorded it',
    async (_, recorded) => {
      const account = accountOf(recorded, 0)
      const [session] = await signedIn({ account, page: 1 })
      const guard = new GuardPolicies(session!.client, 'reader', [])
      const { body, status } = account.organization!
      const management = text(inner(body, 'Organization'), 'MasterAccountId')
      for (const member of new Set(['111122223333', management ?? account.id])) {
        tally.readings += 1
        const found = await guard.read(member).then(
          ({ because }) => because,
          ({ code }: Fault) => code,
        )
        const none = 'the account of reader is in no organization, so there are no service control policies'
        const its =
          member === management ? expect.stringContaining('it is the management account') : undefined
        expect(found).toEqual(status === 403 ? 'denied' : status === 404 ? none : its)
      }
    },
  )

  test('is entered account by account as ListAccounts recorded them', async () => {
    const recorded = cases.find(each => each.all('ListAccounts').length > 0)!
    const account = accountOf(recorded, 0)
    const sessions = await signedIn({ account, page: 1 }, { accounts: ['organization'] })
    const active = list(recorded.all('ListAccounts')[0]!.body, 'Accounts').filter(
      each => each['Status'] === 'ACTIVE',
    )
    expect(sessions.map(each => each.account)).toEqual(active.map(each => each['Id']))
  })
})

test.each(
  recordings.filter(({ operation }) => operation === 'AssumeRole').map(each => [each.file, each] as const),
)('credentials of a role are those of %s', async (_, recorded) => {
  const account = { ...accountOf(new Case(recorded.case, []), 0), assumed: recorded }
  const [session] = await signedIn({ account, page: 1 })
  tally.readings += 1
  const found = await assumedRole(session!.client, 'arn:aws:iam::644160558196:role/some', {})()
  const credentials = inner(recorded.body, 'Credentials')
  const expected = {
    accessKeyId: text(credentials, 'AccessKeyId'),
    secretAccessKey: text(credentials, 'SecretAccessKey'),
    sessionToken: text(credentials, 'SessionToken'),
    expiration: new Date(text(credentials, 'Expiration') ?? ''),
  }
  expect(tally.same(recorded.file, found, expected)).toBe(true)
})

/** The operations that interdict may call, as its permissions say. */
const CALLED = new Set([
  ...aws.permissions,
  ...[...aws.interruptions, ...(aws.rotations ?? [])].flatMap(({ permissions }) =>
    Object.values(permissions).flat(),
  ),
  'iam:SimulatePrincipalPolicy',
])

test.each(
  recordings
    .filter(({ service, operation, status }) => status === 200 && CALLED.has(`${service}:${operation}`))
    .filter(({ operation }) => !/^(Get|List|Describe|Generate|Simulate|Assume)/.test(operation))
    .map(each => [each.file, each] as const),
)('a write is done when it is answered as in %s', async (_, recorded) => {
  const account = accountOf(new Case(recorded.case, []), 0)
  account.refusals.set(recorded.operation, recorded)
  const [session] = await signedIn({ account, page: 1 })
  const call = loose(session!.client.iam)
  await call(recorded.operation, {})
})

test('every recorded answer to a question of interdict was served', () => {
  const missed: string[] = []
  for (const { file, service, operation } of recordings) {
    if (tally.files.has(file)) continue
    if (CALLED.has(`${service}:${operation}`)) missed.push(file)
    else tally.unasked.set(file, `${service}:${operation}`)
  }
  for (const each of missed) tally.problem(`${each}: nobody asked for it`)
  expect(missed).toEqual([])
})
