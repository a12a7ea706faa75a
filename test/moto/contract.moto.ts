import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aws } from '../../src/clouds/aws/provider.ts'
import { differences, entryOf } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { type Estate, reads, seeded } from './estate.ts'

/**
 * Operations that moto 5.2.5 lacks, and only those; the lab's contract suite covers them.
 */
const LACKING: {
  what: string
  skips(interruption: Interruption, identity: Identity, entries: string[]): boolean
}[] = [
  {
    what: 'service-specific credentials: no operation of them answers',
    skips: interruption => interruption.on.includes('service-credential'),
  },
  {
    what: 'user boundaries: PutUserPermissionsBoundary does not answer',
    skips: (_, identity, entries) =>
      identity.kind === 'user' && entries.some(entry => entry.startsWith('boundary')),
  },
  {
    what: 'audiences of OIDC providers: neither adding nor removing one answers',
    skips: (_, __, entries) => entries.some(entry => entry.startsWith('audience/')),
  },
  // SimulatePrincipalPolicy and enforcement are missing as well: nothing here asks whether a cut is felt (`probe`).
]

/** Where moto, unlike AWS, does not take the same call twice; the first time is checked as everywhere. */
const NOT_TWICE: { [interruption: string]: string } = {
  'aws.user.detach': 'attaching a policy that is attached counts it twice',
  'aws.role.detach': 'attaching a policy that is attached counts it twice',
}

/** Identities on which an interruption has something to do; every kind that moto has is among them. */
const SUBJECTS: { [kind: string]: (identity: Identity) => boolean } = {
  user: ({ name }) => name === 'ci-deploy',
  role: ({ name }) => name === 'vendor-sync',
  'access-key': ({ owner, facts }) => owner?.endsWith(':user/ci-deploy') === true && facts.enabled !== false,
  'signing-certificate': () => true,
  'ssh-key': () => true,
  'oidc-provider': () => true,
}

const saved = { ...process.env }
let estate: Estate
let session: Session

beforeAll(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
})

afterAll(() => {
  process.env = saved
})

beforeEach(async () => {
  estate = await seeded()
  Object.assign(process.env, estate.environment)
  const { sessions, unreached } = await aws.connect({
    timing: REAL,
    scope: { accounts: ['self'] },
    run: 'moto',
  })
  expect(unreached).toEqual([])
  session = sessions[0]!
})

async function listed(kinds: readonly string[]): Promise<Identity[]> {
  const found: Identity[] = []
  for await (const identity of session.inventory({ kinds })) found.push(identity)
  return found
}

async function subjectsOf(interruption: Interruption): Promise<Identity[]> {
  const all = await listed(interruption.on)
  return all.filter(
    identity =>
      interruption.on.includes(identity.kind) && (SUBJECTS[identity.kind] ?? (() => true))(identity),
  )
}

const context = (interruption: Interruption, identity: Identity): Context => ({
  run: 'moto',
  now: new Date().toISOString(),
  identity,
  params: (interruption.example ?? {}) as Json,
  exhausted: [],
})

async function read(interruption: Interruption, context: Context) {
  const reading = await interruption.read(session.client, context)
  expect(reading, `${interruption.id} reads ${context.identity.id}`).toBeDefined()
  return reading!
}

/** The laws, on one identity, cutting without the entries for which there is no room. Returns what was cut. */
async function holds(
  interruption: Interruption,
  identity: Identity,
  exhausted: string[],
): Promise<string[] | undefined> {
  const seed = await reads(estate)
  const start = context(interruption, identity)
  const before = await read(interruption, start)
  expect(before.uid).toBe(identity.uid)
  const known: Context = { ...start, ...(before.seen === undefined ? {} : { seen: before.seen }), exhausted }

  await interruption.write(session.client, before.facet, before.facet, known)
  expect(await reads(estate), 'writing what was read changes nothing').toEqual(seed)

  if (interruption.refuse?.(before.facet, known)) return undefined
  const after = interruption.cut(before.facet, known)
  const cut = differences(before.facet, after)
  if (cut.length === 0) return []
  const entries = cut.map(({ entry }) => entry)
  if (LACKING.some(lack => lack.skips(interruption, identity, entries))) return undefined

  await interruption.write(session.client, before.facet, after, known)
  const there = await read(interruption, start)
  for (const { entry, to } of cut)
    expect(entryOf(there.facet, entry), `${entry} reads as written`).toEqual(to)
  const once = await reads(estate)
  expect(once, 'a cut is seen by other readers').not.toEqual(seed)

  const again: Context = { ...known, ...(there.seen === undefined ? {} : { seen: there.seen }) }
  expect(
    differences(there.facet, interruption.cut(there.facet, again)),
    'cutting twice is cutting once',
  ).toEqual([])
  const twice = NOT_TWICE[interruption.id] === undefined
  if (twice) await interruption.write(session.client, before.facet, after, known)
  expect(await reads(estate), 'writing twice is writing once').toEqual(once)

  await interruption.write(session.client, there.facet, before.facet, known)
  expect((await read(interruption, start)).facet).toEqual(before.facet)
  expect(await reads(estate), 'restore after cut gives the seed back').toEqual(seed)
  if (twice) await interruption.write(session.client, there.facet, before.facet, known)
  expect(await reads(estate), 'restoring twice is restoring once').toEqual(seed)
  return entries
}

test('the inventory lists what was seeded', async () => {
  const kinds = aws.kinds.map(({ name }) => name).filter(name => name !== 'service-credential')
  const found = await listed(kinds)
  const names = (kind: string) => found.filter(identity => identity.kind === kind).map(({ name }) => name)
  expect(names('user').sort()).toEqual(['ci-deploy', 'responder'])
  expect(names('role').sort()).toEqual(['vendor-sync', 'web'])
  expect(names('access-key')).toHaveLength(3)
  expect(names('signing-certificate')).toHaveLength(1)
  expect(names('ssh-key')).toHaveLength(1)
  expect(names('oidc-provider')).toHaveLength(1)
  const responder = found.find(({ kind, name }) => kind === 'user' && name === 'responder')!
  expect(session.spares(responder)?.class, 'we are spared').toBe('self')
})

// Service control policies need a member account: guard.moto.ts judges them.
const JUDGED = aws.interruptions.filter(({ verbs }) => !verbs.includes('guard'))

describe.each(JUDGED.map(interruption => [interruption.id, interruption] as const))('%s', (_, each) => {
  const interruption = each as Interruption
  const lacking = LACKING.find(lack => lack.skips(interruption, {} as Identity, []))
  if (lacking) {
    test(`moto still lacks ${lacking.what}`, async () => {
      const session = (await aws.connect({ timing: REAL, scope: { accounts: ['self'] } })).sessions[0]!
      const identity = (await listed(['user'])).find(({ name }) => name === 'ci-deploy')!
      const nameless: Identity = {
        ...identity,
        kind: interruption.on[0]!,
        name: 'ACCA0000000000000000',
        owner: identity.id,
      }
      await expect(interruption.read(session.client, context(interruption, nameless))).rejects.toThrow()
    })
    return
  }

  test('keeps the laws on every kind it is for', { timeout: 120_000 }, async () => {
    const subjects = await subjectsOf(interruption)
    expect(new Set(subjects.map(({ kind }) => kind))).toEqual(new Set(interruption.on))
    for (const identity of subjects) {
      // Down the ladder: each time without the entries that the last rung used.
      const exhausted: string[] = []
      let cut = await holds(interruption, identity, exhausted)
      expect(cut, `${interruption.id} has something to do on ${identity.id}`).not.toEqual([])
      if (!interruption.verbs.includes('quarantine')) continue
      for (let rung = 0; rung < 2 && cut && cut.length > 0; rung += 1) {
        exhausted.push(...cut)
        cut = await holds(interruption, identity, exhausted)
      }
    }
  })
})
