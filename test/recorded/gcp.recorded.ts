import { afterAll, describe, expect, test } from 'vitest'
import type { GcpClient } from '../../src/clouds/gcp/client.ts'
import { gcp } from '../../src/clouds/gcp/provider.ts'
import type { Fault } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption, Reading } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { keyFile, serve } from '../clouds/gcp/loopback.ts'
import { type Estate, estateOf, momentsIn } from './gcp-estate.ts'
import { type Expected, identitiesIn, readingOf } from './gcp-person.ts'
import { answers } from './gcp-server.ts'
import { type GcpRecording, gcpRecordings, inner, type Members, text } from './recordings.ts'
import { Tally } from './tally.ts'

const tally = new Tally('gcp')
const recordings = gcpRecordings()
const cases = [...Map.groupBy(recordings, each => each.case)]

/** Kinds that were recorded; of the others the lists are empty. */
const KINDS = ['service-account', 'service-account-key', 'api-key']

const PAGES = [1, 2, 7, Number.POSITIVE_INFINITY]

afterAll(() => tally.save())

/** Opens the sessions of an estate, and closes what serves it when the work is done. */
async function over(
  estate: Estate,
  page: number,
  scope: Json,
  work: (sessions: Session<GcpClient>[]) => Promise<void>,
) {
  const served = await serve(answers(estate, page, tally))
  try {
    const { sessions, unreached } = await gcp.connect({
      timing: REAL,
      scope,
      lab: { endpoint: served.endpoint, credentials: keyFile() as Json },
    })
    expect(unreached).toEqual([])
    await work(sessions as Session<GcpClient>[])
  } finally {
    await served.close()
  }
}

/** @param before identities of an earlier moment @returns those of this one */
async function hold(estate: Estate, page: number, before: readonly Identity[]): Promise<Identity[]> {
  const projects = [...estate.projects.keys()]
  const all: Identity[] = []
  if (projects.length === 0) return all
  await over(estate, page, { projects }, async sessions => {
    const where = `${estate.name}, pages of ${page}`
    tally.same(
      `${where}: projects`,
      sessions.map(({ account }) => account),
      [...projects].sort(),
    )
    for (const session of sessions) {
      const found: Identity[] = []
      for await (const identity of session.inventory({ kinds: KINDS })) found.push(identity)
      const expected = identitiesIn(estate, session.account)
      compare(`${where}, ${session.account}`, found, expected)
      const name = estate.projects.get(session.account)?.['displayName']
      tally.same(`${where}: alias`, session.alias ?? session.account, name)
      for (const identity of found) {
        const person = expected.find(({ id }) => id === identity.id)
        if (person) await compareReadings(`${where}, ${session.account}`, session, estate, identity, person)
      }
      all.push(...found)
      for (const identity of before.filter(({ account }) => account === session.account)) {
        if (!found.some(({ id }) => id === identity.id)) await compareGone(where, session, identity)
      }
    }
  })
  return all
}

/** Texts in sentences are not held to their words. */
function worded(reading: Reading | undefined): unknown {
  const seen = reading?.seen as { [name: string]: Json } | undefined
  if (reading === undefined || seen === undefined) return reading
  const said = Object.keys(seen).filter(name => name === 'left' || name === 'missing')
  return { ...reading, seen: { ...seen, ...Object.fromEntries(said.map(name => [name, 'said'])) } }
}

/** An identity that was deleted since reads as gone. */
async function compareGone(where: string, session: Session<GcpClient>, identity: Identity): Promise<void> {
  for (const interruption of gcp.interruptions.filter(({ on }) => on.includes(identity.kind))) {
    tally.readings += 1
    const reading = await interruption.read(session.client, contextOf(interruption, identity))
    tally.same(`${where}: ${identity.id}, gone: ${interruption.id}`, reading, undefined)
  }
}

function contextOf({ example = {} }: Interruption, identity: Identity): Context {
  return {
    run: 'rec0',
    now: '2026-01-01T00:00:00Z',
    identity,
    params: example as Json,
    exhausted: [],
    // Nothing waits for the quota of deny policies, of which none were recorded.
    postpone: true,
  }
}

function compare(where: string, found: readonly Identity[], expected: readonly Expected[]): void {
  const byId = new Map(found.map(each => [each.id, each]))
  tally.same(`${where}: ids`, found.map(({ id }) => id).sort(), expected.map(({ id }) => id).sort())
  for (const { facts: recorded, ...person } of expected) {
    const identity = byId.get(person.id)
    if (!identity) continue
    tally.identities += 1
    const { facts, ...self } = identity
    tally.same(`${where}: ${person.id}`, self, person)
    for (const name of new Set([...Object.keys(facts), ...Object.keys(recorded)])) {
      tally.facts += 1
      tally.same(`${where}: ${person.id}: ${name}`, facts[name], recorded[name])
    }
  }
}

async function compareReadings(
  where: string,
  session: Session<GcpClient>,
  estate: Estate,
  identity: Identity,
  person: Expected,
) {
  for (const interruption of gcp.interruptions.filter(({ on }) => on.includes(identity.kind))) {
    tally.readings += 1
    const reading = await interruption.read(session.client, contextOf(interruption, identity))
    tally.same(
      `${where}: ${identity.id}: ${interruption.id}`,
      worded(reading),
      readingOf(interruption.id, person, estate),
    )
  }
  if (identity.kind !== 'service-account') return
  const found: Identity[] = []
  const { kind, name } = identity
  for await (const each of session.inventory({ kinds: [kind], only: [{ kind, name }] })) found.push(each)
  // Found by its address where it is of this project; its keys are then not listed.
  const { keys: _, ...facts } = identity.facts
  const isHere = name.endsWith(`@${session.account}.iam.gserviceaccount.com`)
  tally.same(`${where}: ${identity.id} by name`, found, isHere ? [{ ...identity, facts }] : [])
  const credentials = (await session.credentials(identity)).map(({ name: id }) => id)
  tally.same(`${where}: credentials of ${identity.id}`, credentials, identity.facts['keys'])
}

describe.each(cases)('%s', (name, some) => {
  test('is read as recorded at every moment, in pages of any size', async () => {
    const before = tally.problems.length
    let found: Identity[] = []
    for (let moment = 0; moment < momentsIn(some); moment += 1) {
      const last = found
      for (const page of PAGES) found = await hold(estateOf(name, some, moment), page, last)
    }
    expect(tally.problems.slice(before)).toEqual([])
  })
})

/** The answer as the client of a project takes it. */
async function answerTo(recorded: GcpRecording): Promise<unknown> {
  const { body: value, file, status, method, case: name } = recorded
  const estate = estateOf(name, [], 0)
  estate.projects.set('recorded-project', { name: 'projects/1', projectId: 'recorded-project' })
  estate.other = { value, files: [file], status }
  let answer: unknown
  await over(estate, 1, { projects: ['recorded-project'] }, async ([session]) => {
    const call = {
      operation: 'iam.projects.recorded',
      service: 'iam',
      method: method as 'GET',
      path: '/recorded',
    } as const
    answer = await session!.client.call(call).catch((error: unknown) => error)
  })
  return answer
}

test.each(recordings.filter(({ status }) => status !== 200).map(each => [each.file, each] as const))(
  'a fault says what %s refused',
  async (_, refused) => {
    const fault = (await answerTo(refused)) as Fault
    tally.refusals += 1
    const message = `iam.projects.recorded: ${text(inner(refused.body, 'error'), 'message')}`
    expect(tally.same(refused.file, [fault.code, fault.message], ['gone', message])).toBe(true)
  },
)

const WRITES = /(setIamPolicy|disable|enable)$/

test.each(
  recordings
    .filter(({ method, path }) => method === 'PATCH' || (method === 'POST' && WRITES.test(path)))
    .map(each => [each.file, each] as const),
)('a write is done when it is answered as in %s', async (_, recorded) => {
  expect(tally.same(recorded.file, await answerTo(recorded), recorded.body)).toBe(true)
})

test.each(cases.filter(([, some]) => some.some(({ path }) => path === 'v1-projects')))(
  'the projects of an organization are those of %s',
  async (name, some) => {
    const before = tally.problems.length
    const estate = estateOf(name, some, 0)
    const parents = new Set([...estate.projects.values()].map(each => String(each['parent'])))
    for (const parent of parents) {
      const [collection, id] = parent.split('/')
      if (collection !== 'organizations') continue
      for (const page of PAGES) {
        await over(estate, page, { organization: id ?? '' }, async sessions => {
          const isBelow = (each: Members) =>
            each['parent'] === parent || String(each['parent']).startsWith('folders/')
          const expected = [...estate.projects]
            .filter(([, each]) => isBelow(each))
            .map(([project]) => project)
          tally.readings += 1
          tally.same(
            `${name}, pages of ${page}`,
            sessions.map(({ account }) => account),
            expected.sort(),
          )
        })
      }
    }
    expect(tally.problems.slice(before)).toEqual([])
  },
)

test('every recorded answer to a question of interdict was served', () => {
  const missed: string[] = []
  for (const { file, method, path } of recordings) {
    if (tally.files.has(file)) continue
    const isQuestion = method === 'GET' || path.endsWith('getIamPolicy')
    if (isQuestion && !/-roles-|organizations-search|^v1-projects$/.test(path)) missed.push(file)
    else tally.unasked.set(file, `${method} ${path.match(/projects|serviceAccounts|roles|keys/g)?.join('/')}`)
  }
  for (const each of missed) tally.problem(`${each}: nobody asked for it`)
  expect(missed).toEqual([])
})
