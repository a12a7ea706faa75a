import { TAKEN_OVER } from '../aws/seed/armed.ts'
import { ACCOUNT, keyOf, LEAKED_KEY, secretOf } from '../aws/seed/ids.ts'
import { VENDOR_EXTERNAL_ID } from '../aws/seed/roles.ts'
import type { Troupe } from './actor.ts'
import { Cloud, type Keys, userKeys } from './aws-credentials.ts'
import { Iam, type Target } from './aws-iam.ts'
import { type FightOptions, type Loop, Round, restOf } from './fight.ts'
import { randomFrom } from './random.ts'
import { githubToken } from './web-token.ts'

/** Thieves that fight for a user or role of AWS, with the real SDK. */
export async function awsFighters(endpoint: string, options: FightOptions): Promise<Troupe> {
  const cloud = await Cloud.open(endpoint)
  const iam = await Iam.open(endpoint)
  const parts = Object.entries(CAST).map(([name, part]) => [
    name,
    async () => {
      const target = TAKEN_OVER[name]
      if (part === undefined || target === undefined) return []
      return [await fightOf(part, target, { cloud, iam, options })]
    },
  ])
  return {
    parts: Object.fromEntries(parts),
    close() {
      cloud.close()
      iam.close()
    },
  }
}

interface Part {
  /** Reads the secret that it is after, if it may. */
  secret: string
  /** Credentials that it has from the start and keeps. */
  held: (cloud: Cloud) => Promise<Keys[]>
  /** New credentials, tried in each round. */
  fresh?: (cloud: Cloud) => Promise<Keys>
}

const role = (path: string) => `arn:aws:iam::${ACCOUNT}:role/${path}`

const CAST: { readonly [thief: string]: Part | undefined } = {
  'leaked-ci-key': ofUser('ci-deploy', LEAKED_KEY, 'prod/payments/stripe'),
  'billing-key-abroad': ofUser('billing-export', keyOf('billing-export'), 'prod/billing/sap'),
  'forged-workflow': ofRole('prod/payments/stripe', cloud =>
    cloud.assumeWithToken(githubToken('repo:acme/shop:pull_request'), role('ci/github-deployer'), 'gh-4711'),
  ),
  'breached-vendor': ofRole('vendor/exchange', cloud =>
    cloud.assume(userKeys('vendor-agent'), role('third-party/vendor-sync'), 'agent', VENDOR_EXTERNAL_ID),
  ),
}

function ofUser(user: string, accessKeyId: string, secret: string): Part {
  const key = { accessKeyId, secretAccessKey: secretOf(accessKeyId) }
  const other = userKeys(user, 2)
  const keys = other.accessKeyId === accessKeyId ? [key] : [key, other]
  return { secret, held: async cloud => [...keys, await cloud.sessionToken(key)] }
}

function ofRole(secret: string, mint: (cloud: Cloud) => Promise<Keys>): Part {
  return { secret, held: async cloud => [await mint(cloud)], fresh: mint }
}

interface Means {
  cloud: Cloud
  iam: Iam
  options: FightOptions
}

async function fightOf(part: Part, target: Target, { cloud, iam, options }: Means): Promise<Loop> {
  const random = randomFrom(options.seed)
  const held = await part.held(cloud)
  const [first] = held
  if (first === undefined) throw new TypeError(`no credentials of ${target.name}`)
  const start = await iam.photograph(first, target)
  const rest = restOf(options, random)
  return {
    name: 'fight',
    rest,
    async round(ledger) {
      const round = new Round(ledger, random, options)
      const fresh = part.fresh && (await part.fresh(cloud).catch(() => undefined))
      const credentials = fresh === undefined ? held : [...held, fresh]
      const accepted = await reads(round, cloud, credentials, part.secret)
      // Sessions of GetSessionToken cannot call IAM; everything else is tried, what worked last first.
      const able = credentials.filter(
        ({ sessionToken }) => sessionToken === undefined || target.kind === 'role',
      )
      const order = [...able.filter(each => accepted.has(each)), ...able.filter(each => !accepted.has(each))]
      held.push(...(await iam.undo(round, order, start)))
    },
  }
}

/** Reads the secret by all credentials at once; resolves with those that were accepted. */
async function reads(
  round: Round,
  cloud: Cloud,
  credentials: readonly Keys[],
  secret: string,
): Promise<ReadonlySet<Keys>> {
  const accepted = new Set<Keys>()
  await round.each(credentials, async keys => {
    const way = keys.sessionToken === undefined ? `key ${keys.accessKeyId}` : `session ${keys.accessKeyId}`
    const read = cloud.reader(keys, 1)
    if (await round.attempt(way, false, () => read(secret))) accepted.add(keys)
  })
  return accepted
}
