import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSeals } from '../../src/journal/seals.ts'
import { toFault } from '../../src/model/fault.ts'
import { canonical, type Json } from '../../src/model/json.ts'
import { approvalDigest, type Plan } from '../../src/model/plan.ts'
import { proposalsFolder, readPlanFile, sealedPlan } from '../../src/toolkit/plan-file.ts'
import { planJson } from '../../src/ui/json.ts'
import { plan as emptyPlan } from '../journal/fixture.ts'

const LONG = 120_000

let root: string
let file: string
let genuine: string
let approved: Plan
const counts = { tried: 0, refused: 0, harmless: 0 }

const foldersOf = (state: string, config = 'config') => ({
  state: join(root, state),
  config: join(root, config),
})

function planOf(run: string): Plan {
  const identity = {
    ...{ id: `aws:1:user/${run}`, uid: 'AIDA1', cloud: 'aws', account: '1', kind: 'user', name: run },
    ...{ title: run, principal: true },
  }
  const change = {
    ...{
      key: `${identity.id} aws.user.quarantine`,
      identity,
      interruption: 'aws.user.quarantine',
      verb: 'quarantine',
    },
    ...{ params: {}, step: 'stop', at: emptyPlan(run).at, leaves: '', reversal: 'exact', horizon: 0 },
    differences: [{ entry: 'inline/interdict', from: undefined, to: 'deny' }],
  }
  const signals = [
    { id: 'e1', time: emptyPlan(run).at, action: 'a', outcome: 'denied' as const, identity: run },
  ]
  const cause = { key: `f-${run}`, trigger: 't', events: ['e1'], count: 1, why: 'why', signals }
  const changes = [change, { ...change, key: `${change.key} #2` }] as unknown as Plan['changes']
  return { ...emptyPlan(run), inputs: { key: 'AKIA1' }, scope: { aws: {} }, changes, cause }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'interdict-plans-'))
  file = join(root, 'plan.json')
  genuine = await sealedPlan(planOf('aaaa'), 'plan', foldersOf('state'))
  await writeFile(file, genuine)
  approved = await readPlanFile(file, foldersOf('state'), undefined)
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  console.log(
    `plan files: ${counts.tried} forgeries, ${counts.refused} refused, ${counts.harmless} that say the same, 0 believed`,
  )
})

/** How reading a text as the plan ends: a code, or whether it is the approved plan. */
async function readingOf(text: string | Buffer, digest?: string): Promise<string> {
  const forged = join(root, 'forged.json')
  await writeFile(forged, text)
  try {
    const plan = await readPlanFile(forged, foldersOf('state'), digest)
    return canonical(plan) === canonical(approved) ? 'the same' : 'believed'
  } catch (error) {
    return toFault(error).code
  }
}

async function expectDisbelief(forgeries: Iterable<[string, string | Buffer]>): Promise<void> {
  const { approval: digest } = approved
  const believed: string[] = []
  for (const [what, text] of forgeries) {
    for (const pinned of [undefined, digest]) {
      const read = await readingOf(text, pinned)
      counts.tried++
      if (read === 'tampered' || read === 'usage') counts.refused++
      else if (read === 'the same') counts.harmless++
      else believed.push(`${what}: ${read}`)
    }
  }
  expect(believed).toEqual([])
}

/** Every value in a plan, taken out or replaced. */
function* members(value: Json, path: readonly string[] = []): Iterable<[string, Json | undefined]> {
  yield [path.join('.'), undefined]
  yield [path.join('.'), typeof value === 'number' ? value + 1 : 'forged']
  if (value === null || typeof value !== 'object') return
  for (const [name, member] of Object.entries(value)) yield* members(member, [...path, name])
}

function without(whole: Json, path: readonly string[], by: Json | undefined): Json {
  const [first, ...rest] = path
  if (first === undefined || whole === null || typeof whole !== 'object') return by ?? null
  const entries = Object.entries(whole).flatMap(([name, member]): [string, Json][] => {
    if (name !== first) return [[name, member]]
    if (rest.length > 0) return [[name, without(member, rest, by)]]
    return by === undefined ? [] : [[name, by]]
  })
  return Array.isArray(whole) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
}

it(
  'a plan is not believed with any member altered or taken out',
  async () => {
    const whole = JSON.parse(genuine) as { [name: string]: Json }
    const { seal: _, digest: __, ...plan } = whole
    const forgeries = [...members(plan)]
      .filter(([path]) => path !== '')
      .map(([path, by]): [string, string] => [path, JSON.stringify(without(whole, path.split('.'), by))])
    expect(forgeries.length).toBeGreaterThan(100)
    await expectDisbelief(forgeries)
    // With the digest made to fit, too.
    await expectDisbelief(
      forgeries.map(([path, text]) => {
        const forged = JSON.parse(text) as Plan
        return [path, JSON.stringify({ ...forged, digest: digestOf(forged) })]
      }),
    )
  },
  LONG,
)

function digestOf(plan: Plan): string {
  const { seal: _, ...rest }: Plan & { seal?: unknown } = plan
  return approvalDigest(rest)
}

it(
  'a plan is not believed with a bit flipped',
  async () => {
    const bytes = Buffer.from(genuine)
    function* flips(): Iterable<[string, Buffer]> {
      for (let at = 0; at < bytes.length; at += 5) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
        yield [`byte ${at}`, flipped]
      }
    }
    await expectDisbelief(flips())
  },
  LONG,
)

it('a plan is not believed with another seal, or none', async () => {
  const other = await sealedPlan(planOf('bbbb'), 'plan', foldersOf('state'))
  const elsewhere = await sealedPlan(planOf('aaaa'), 'plan', foldersOf('other'))
  const stranger = await sealedPlan(planOf('aaaa'), 'plan', foldersOf('state', 'config-of-another'))
  const forged = { ...planOf('aaaa'), inputs: { key: 'AKIA2' } }
  const state = String(await openSeals(foldersOf('state')).state())
  const { privateKey } = generateKeyPairSync('ed25519')
  const { digest } = planJson(forged)
  const own = sign(null, Buffer.from(`interdict plan file ${state}\n${digest}`), privateKey).toString(
    'base64',
  )
  const seals = [
    JSON.parse(genuine).seal,
    JSON.parse(other).seal,
    undefined,
    null,
    'seal',
    { kind: 'plan', state, signature: own },
  ]
  for (const seal of seals) {
    expect(await readingOf(JSON.stringify({ ...planJson(forged), seal }))).toBe('tampered')
  }
  expect(await readingOf(JSON.stringify(planJson(planOf('aaaa'))))).toBe('tampered')
  expect(await readingOf(elsewhere)).toBe('tampered')
  expect(await readingOf(stranger)).toBe('tampered')
  counts.tried += seals.length + 3
  counts.refused += seals.length + 3
})

it('a plan of another machine is carried out with the digest that was approved, and with no other', async () => {
  const stranger = await sealedPlan(planOf('aaaa'), 'plan', foldersOf('there', 'config-there'))
  expect(await readingOf(stranger)).toBe('tampered')
  expect(await readingOf(stranger, approvalDigest(planOf('aaaa')))).toBe('the same')
  expect(await readingOf(stranger, approvalDigest(planOf('bbbb')))).toBe('tampered')
})

it('a proposal is believed in its own place, and no other plan is believed there', async () => {
  const folders = foldersOf('state')
  const folder = proposalsFolder(folders)
  await mkdir(folder, { recursive: true })
  const place = join(folder, 'cccc.json')
  const put = async (text: string) => {
    await writeFile(place, text)
    return await readPlanFile(place, folders, undefined).then(
      ({ run }) => run,
      error => toFault(error).code,
    )
  }
  expect(await put(await sealedPlan(planOf('cccc'), 'proposal', folders))).toBe('cccc')
  expect(await put(await sealedPlan(planOf('cccc'), 'plan', folders))).toBe('tampered')
  expect(await put(await sealedPlan(planOf('dddd'), 'proposal', folders))).toBe('tampered')
  // Moved elsewhere by a person, it is the same proposal.
  await writeFile(join(root, 'mail.json'), await sealedPlan(planOf('cccc'), 'proposal', folders))
  expect((await readPlanFile(join(root, 'mail.json'), folders, undefined)).run).toBe('cccc')
})

it('the digest covers the whole plan: playbook, inputs, scope, changes, run and cause', async () => {
  const plan = planOf('aaaa')
  const variants: Plan[] = [
    { ...plan, run: 'bbbb' },
    { ...plan, playbook: { ...plan.playbook, source: 'version: 1 \n' } },
    { ...plan, inputs: {} },
    { ...plan, scope: { aws: { accounts: ['2'] } } },
    { ...plan, changes: plan.changes.slice(1) },
    { ...plan, cause: { ...planOf('bbbb').cause } as NonNullable<Plan['cause']> },
    { ...plan, acceptOneWay: true },
    { ...plan, known: { a: [] } },
  ]
  const digests = new Set([plan, ...variants].map(approvalDigest))
  expect(digests.size).toBe(variants.length + 1)
  expect(JSON.parse(await readFile(file, 'utf8')).digest).toBe(approvalDigest(plan))
})
