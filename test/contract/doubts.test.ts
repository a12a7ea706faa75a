import { afterEach, expect, it } from 'vitest'
import type { Identity } from '../../src/model/identity.ts'
import type { Session } from '../../src/model/provider.ts'
import { openAws } from './aws-range.ts'
import { openGcp } from './gcp-range.ts'
import type { Range } from './suite.ts'

let range: Range | undefined
afterEach(async () => {
  await range?.close()
  range = undefined
})

async function found(session: Session, kind: string, name: string): Promise<Identity> {
  for await (const each of session.inventory({ kinds: [kind] })) if (each.name === name) return each
  throw new Error(`no ${kind} ${name}`)
}

/** Ten years on: nothing is young. */
const LATER = Date.parse('2036-01-01T00:00:00Z')

it('AWS doubts the tag of a user that may tag itself by the policy simulator, and of no other', async () => {
  range = await openAws()
  const { session } = range
  const doubts: { [name: string]: string | undefined } = {}
  for await (const each of session.inventory({ kinds: ['role'] })) {
    if (each.facts['reserved'] !== '') continue
    doubts[each.name] = await session.doubts?.(each, ['tags'], LATER)
  }
  expect(Object.values(doubts)).toContain('it may write this tag itself')
  expect(Object.values(doubts)).toContain(undefined)
  // A role cannot be renamed.
  const [first = ''] = Object.keys(doubts)
  expect(await session.doubts?.(await found(session, 'role', first), ['name'], LATER)).toBeUndefined()
})

it('Google doubts the description of an account that owns its project, and not that of a reader', async () => {
  const email = (name: string) => `${name}@acme-prod.iam.gserviceaccount.com`
  range = await openGcp(estate => {
    estate.policies['projects/acme-prod']?.bindings.push({
      role: 'roles/owner',
      members: [`serviceAccount:${email('orders')}`],
    })
  })
  const { session } = range
  const doubt = async (name: string) =>
    await session.doubts?.(await found(session, 'service-account', email(name)), ['description'], LATER)
  expect(await doubt('orders')).toBe('it may write this description itself')
  expect(await doubt('metrics-writer')).toBeUndefined()
})
