import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/engine/index.ts'
import { isAs } from '../../src/model/expression/equalities.ts'
import type { Session } from '../../src/model/provider.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { playbook, provider, ToyCloud } from './toy-cloud.ts'

/** A session that lists what it is asked for and no more; `listings` has the size of each listing. */
function narrowing(cloud: ToyCloud, listings: number[]): Session {
  const session = cloud.session()
  return {
    ...session,
    async *inventory(query) {
      const at = listings.push(0) - 1
      for await (const identity of session.inventory(query)) {
        if (query.only !== undefined && !query.only.some(each => isAs(identity, each))) continue
        listings[at] = (listings[at] ?? 0) + 1
        yield identity
      }
    },
  }
}

/** Plans for doors by name among nine, of which the first has a card that is disabled with it. */
async function planned(names: string[], limit: { identities: number; share: number }, narrow: boolean) {
  const cloud = new ToyCloud()
  for (let nth = 1; nth <= 9; nth++) cloud.add(`door-${nth}`)
  cloud.add('card', { open: true }, 'door-1')
  const listings: number[] = []
  const select = names.map(name => `identity.name == "${name}"`).join(' || ')
  const plan = makePlan(
    cloud.world({ providers: new Map([['toy', provider]]), sessions: [narrowing(cloud, listings)] }),
    {
      run: 'aaaa',
      playbook: playbook(['disable'], select, { limit }),
      inputs: {},
      holds: new Holds([]),
      narrow,
    },
  )
  const outcome = await plan.then(
    ({ changes, counts }) => ({
      changes: changes.length,
      listed: counts.listed,
      narrow: counts.narrow === true,
    }),
    (error: { code: string; where?: string }) => `${error.code} ${error.where}`,
  )
  return { outcome, listings }
}

const THREE = ['door-1', 'door-2', 'door-3']

describe('a plan of what is named', () => {
  test.each<[string, string[], { identities: number; share: number }, outcome: unknown, listings: number[]]>([
    [
      'one identity, also above its share',
      ['door-1'],
      { identities: 1, share: 0.01 },
      { changes: 2, listed: 1, narrow: true },
      [1],
    ],
    [
      'a credential, whose owner counts',
      ['card'],
      { identities: 1, share: 0.01 },
      { changes: 1, listed: 1, narrow: true },
      [1],
    ],
    [
      'no identity that there is',
      ['gone'],
      { identities: 1, share: 0.01 },
      { changes: 0, listed: 0, narrow: true },
      [0],
    ],
    [
      'a share that what was looked up keeps to',
      THREE,
      { identities: 3, share: 1 },
      { changes: 4, listed: 3, narrow: true },
      [3],
    ],
    [
      'a share that only all keep to',
      THREE,
      { identities: 3, share: 0.4 },
      { changes: 4, listed: 10, narrow: false },
      [3, 10],
    ],
    ['a share that all exceed', THREE, { identities: 3, share: 0.3 }, 'limit limit.share', [3, 10]],
    ['more identities than the limit', THREE, { identities: 2, share: 1 }, 'limit limit.identities', [3]],
    [
      'more identities than the limit, and of the share',
      THREE,
      { identities: 2, share: 0.3 },
      'limit limit.identities',
      [3, 10],
    ],
  ])('holds the limit as over all: %s', async (_, names, limit, outcome, listings) => {
    const narrow = await planned(names, limit, true)
    expect(narrow).toEqual({ outcome, listings })
    const { outcome: whole } = await planned(names, limit, false)
    const without = (each: unknown) =>
      typeof each === 'string' ? each : { ...Object(each), listed: 0, narrow: 0 }
    expect(without(narrow.outcome)).toEqual(without(whole))
  })
})
