import type { AwsClient } from '../../src/clouds/aws/client.ts'
import { aws } from '../../src/clouds/aws/provider.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import type { Seat } from './aws-pages.ts'
import { type Expected, identitiesIn } from './aws-person.ts'
import { readingOf } from './aws-readings.ts'
import { rootIn } from './aws-report.ts'
import { text } from './recordings.ts'
import type { Tally } from './tally.ts'

/** Every kind whose answers were recorded: of EC2's there are none. */
const KINDS = aws.kinds.map(({ name }) => name).filter(name => name !== 'instance-profile-association')

/** The expectations of an account, and the code that they are held against. */
interface Held {
  tally: Tally
  where: string
  session: Session<AwsClient>
  seat: Seat
}

async function listed(identities: AsyncIterable<Identity>): Promise<Identity[]> {
  const found: Identity[] = []
  for await (const identity of identities) found.push(identity)
  return found
}

/** One id twice: two users own a credential whose ids those who recorded it made the same. */
const keyOf = ({ id, owner }: Pick<Identity, 'id' | 'owner'>) => `${id} of ${owner}`

/** Every member and every fact. @param later the same a moment later, when an age may be a day more */
function compare(
  { where, tally }: Held,
  found: readonly Identity[],
  expected: readonly Expected[],
  later: readonly Expected[],
): void {
  const byKey = new Map(found.map(each => [keyOf(each), each]))
  tally.same(`${where}: ids`, found.map(keyOf).sort(), expected.map(keyOf).sort())
  expected.forEach((each, index) => {
    const identity = byKey.get(keyOf(each))
    if (!identity) return
    tally.identities += 1
    const { facts, ...self } = identity
    const { facts: recorded, ...person } = each
    tally.same(`${where}: ${each.id}`, self, person)
    for (const name of new Set([...Object.keys(facts), ...Object.keys(recorded)])) {
      tally.facts += 1
      const isLater = name === 'unusedDays' && facts[name] === later[index]?.facts[name]
      if (!isLater) tally.same(`${where}: ${each.id}: ${name}`, facts[name], recorded[name])
    }
  })
}

async function compareReadings(
  { where, session, tally, seat }: Held,
  identity: Identity,
  person: Expected,
): Promise<void> {
  for (const interruption of aws.interruptions.filter(({ on }) => on.includes(identity.kind))) {
    tally.readings += 1
    const reading = await interruption.read(session.client, contextOf(interruption, identity))
    tally.same(
      `${where}: ${identity.id}: ${interruption.id}`,
      reading,
      readingOf(interruption.id, person, seat.account, seat.documents),
    )
  }
}

/** An identity that was deleted since reads as gone. */
async function compareGone({ where, session, tally }: Held, identity: Identity): Promise<void> {
  for (const interruption of aws.interruptions.filter(({ on }) => on.includes(identity.kind))) {
    tally.readings += 1
    const reading = await interruption.read(session.client, contextOf(interruption, identity))
    tally.same(`${where}: ${identity.id}, gone: ${interruption.id}`, reading, undefined)
  }
}

function contextOf({ example = {} }: Interruption, identity: Identity): Context {
  return { run: 'rec0', now: '2026-01-01T00:00:00Z', identity, params: example as Json, exhausted: [] }
}

/**
 * Listed, looked up by name, with their credentials and all readings.
 * @param before identities of an earlier moment
 * @returns those of this one
 */
export async function hold(
  tally: Tally,
  session: Session<AwsClient>,
  seat: Seat,
  before: readonly Identity[],
): Promise<Identity[]> {
  const { account, page } = seat
  const where = `${account.name}, pages of ${page}`
  const held: Held = { tally, where, session, seat }
  try {
    tally.same(`${where}: account`, session.account, account.id)
    tally.same(`${where}: alias`, session.alias, account.aliases?.value[0])
    tally.same(`${where}: caller`, session.caller.name, account.caller.value['Arn'])
    const expected = identitiesIn(account, Date.now())
    const found = await listed(session.inventory({ kinds: KINDS }, () => undefined))
    compare(held, found, expected, identitiesIn(account, Date.now()))
    compareRoot(held)
    const byKey = new Map(expected.map(each => [keyOf(each), each]))
    await Promise.all(
      found.map(async identity => {
        const person = byKey.get(keyOf(identity))
        if (person) await compareReadings(held, identity, person)
        await compareLookup(held, identity)
        if (identity.kind === 'user') await compareCredentials(held, identity, expected)
      }),
    )
    const gone = before.filter(
      ({ id, account }) => account === session.account && !found.some(each => each.id === id),
    )
    for (const identity of gone) await compareGone(held, identity)
    return found
  } finally {
    await session.close()
  }
}

/** The root user's own credentials cannot be contained: where the report shows one, the session warns of it. */
function compareRoot({ where, session, tally, seat }: Held): void {
  const { keys, certificate } = rootIn(text(seat.account.report?.value, 'Content'))
  const warning = session.warnings.find(({ message }) => message.includes('ROOT USER'))?.message
  tally.readings += 1
  tally.same(`${where}: warns of the root user`, warning !== undefined, keys.length > 0 || certificate)
  for (const { rotated = '', used = '' } of keys) {
    const says = warning?.includes(rotated) && warning.includes(used)
    tally.same(`${where}: the root user's key of ${rotated}`, says, true)
  }
}

async function compareCredentials({ where, session, tally }: Held, user: Identity, all: readonly Expected[]) {
  const shown = ({ id, uid, owner, facts }: Expected) => [id, uid, owner, facts['enabled']]
  const found = await session.credentials(user)
  const expected = all.filter(({ owner }) => owner === user.id)
  tally.same(`${where}: credentials of ${user.id}`, found.map(shown).sort(), expected.map(shown).sort())
}

/** Looked up by its name it is as it was listed. */
async function compareLookup({ where, session, tally }: Held, identity: Identity): Promise<void> {
  const { id, kind, name } = identity
  if (!['user', 'role', 'access-key'].includes(kind)) return
  const found = await listed(session.inventory({ kinds: [kind], only: [{ kind, name }] }))
  tally.same(
    `${where}: ${id} by name`,
    found.find(each => each.id === id),
    identity,
  )
}
