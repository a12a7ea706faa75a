import type { AuthClient } from 'google-auth-library'
import { helperOf, TAKEN_OVER } from '../gcp/seed/armed.ts'
import { emailOf, KEYS, VENDOR_PROJECT } from '../gcp/seed/ids.ts'
import type { Troupe } from './actor.ts'
import { type FightOptions, type Loop, Round, restOf } from './fight.ts'
import { gcpCast } from './gcp.ts'
import { GoogleCloud } from './gcp-credentials.ts'
import { type Account, GoogleIam, type Photograph } from './gcp-iam.ts'
import { randomFrom } from './random.ts'

/** Thieves that fight for a service account of Google Cloud, with Google's own library. */
export async function gcpFighters(endpoint: string, options: FightOptions): Promise<Troupe> {
  const cloud = await GoogleCloud.open(endpoint)
  const parts = Object.entries(CAST).map(([name, part]) => [
    name,
    async () => {
      const taken = TAKEN_OVER[name]
      return part === undefined || taken === undefined
        ? []
        : await fightOf(cloud, part(cloud), taken, options)
    },
  ])
  const helpers = Object.entries(TAKEN_OVER).map(([thief, taken]) => {
    const project = taken?.project ?? ''
    return [thief, emailOf(helperOf(project), project)]
  })
  return {
    parts: Object.fromEntries(parts),
    helpers: Object.fromEntries(options.helper === true ? helpers : []),
    close: () => undefined,
  }
}

interface Part {
  secret: string
  /** A client without a token yet, for each new token. */
  source: () => AuthClient
}

const CAST: { readonly [thief: string]: ((cloud: GoogleCloud) => Part) | undefined } = {
  'leaked-sa-key': cloud => ({
    secret: 'acme-prod/payments-stripe',
    source: () => cloud.withKey('etl-legacy', 'acme-prod', KEYS.leaked),
  }),
  'hijacked-workload': cloud => ({
    secret: 'acme-prod/payroll-db-root',
    source: () => cloud.federated(gcpCast.checkout()),
  }),
  'forged-workflow-gcp': cloud => ({
    secret: 'acme-prod/ci-registry-token',
    source: () => cloud.federated(gcpCast.shopWorkflow()),
  }),
  'breached-vendor-gcp': cloud => ({
    secret: 'acme-shop/vendor-exchange',
    source: () =>
      cloud.impersonating(cloud.withKey('agent', VENDOR_PROJECT), emailOf('vendor-sync', 'acme-shop')),
  }),
}

/** A token and how it was come by. */
interface Held {
  way: string
  client: AuthClient
}

async function fightOf(
  cloud: GoogleCloud,
  { secret, source }: Part,
  { account, project }: { account: string; project: string },
  options: FightOptions,
): Promise<Loop[]> {
  const helper = helperOf(project)
  const target: Account = { email: emailOf(account, project), project }
  const earlier = await cloud.holding(source())
  const iam = new GoogleIam(cloud)
  const start = await iam.photograph(earlier, target)
  const made: AuthClient[] = []
  const own = loopOf('fight', randomFrom(options.seed), async round => {
    const held = await tokens(cloud, earlier, source, made)
    const accepted = await reads(round, cloud, held, secret)
    const order = [...accepted, ...held.map(({ client }) => client).filter(each => !accepted.includes(each))]
    made.push(...(await iam.undo(round, order, start, { helper: false })))
  })
  if (options.helper !== true) return [own]
  const other = cloud.withKey(helper, project)
  const wanted = withGrantTo(start, `serviceAccount:${emailOf(helper, project)}`)
  const second = loopOf('helper', randomFrom(options.seed + 1), async round => {
    made.push(...(await iam.undo(round, [other], wanted, { helper: true })))
    const token = await cloud.holding(cloud.impersonating(other, target.email)).catch(() => undefined)
    if (token) await reads(round, cloud, [{ way: 'impersonated token', client: token }], secret)
  })
  return [own, second]

  function loopOf(name: string, random: () => number, work: (round: Round) => Promise<void>): Loop {
    return {
      name,
      rest: restOf(options, random),
      round: ledger => work(new Round(ledger, random, options)),
    }
  }
}

/** The token from the start, and new ones by everything that may still give some. */
async function tokens(
  cloud: GoogleCloud,
  earlier: AuthClient,
  source: () => AuthClient,
  made: readonly AuthClient[],
): Promise<Held[]> {
  const sources = [
    { way: 'fresh token', from: source() },
    ...made.map(from => ({ way: 'token by a key of its own', from })),
  ]
  const fresh = await Promise.all(
    sources.map(async ({ way, from }) => {
      const client = await cloud.holding(from).catch(() => undefined)
      return client === undefined ? [] : [{ way, client }]
    }),
  )
  return [{ way: 'earlier token', client: earlier }, ...fresh.flat()]
}

async function reads(
  round: Round,
  cloud: GoogleCloud,
  held: readonly Held[],
  secret: string,
): Promise<AuthClient[]> {
  const accepted: AuthClient[] = []
  await round.each(held, async ({ way, client }) => {
    if (await round.attempt(way, false, () => cloud.read(client, secret))) accepted.push(client)
  })
  return accepted
}

/** The helper lets itself make tokens of the account. */
function withGrantTo(start: Photograph, member: string): Photograph {
  return { ...start, granted: { role: 'roles/iam.serviceAccountTokenCreator', member } }
}
