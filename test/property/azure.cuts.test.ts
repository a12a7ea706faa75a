import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interruptions } from '../../src/clouds/azure/interruptions/index.ts'
import { differences, type Facet } from '../../src/model/facet.ts'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'

const SCOPES = ['/subscriptions/a', '/subscriptions/a/resourceGroups/g', '/subscriptions/b']
const scope = fc.constantFrom(...SCOPES)

/** Settings of any kind, as they may be read. */
const facets = fc
  .record({
    enabled: fc.boolean(),
    disabled: fc.boolean(),
    sharedKey: fc.boolean(),
    trust: fc.option(fc.constant({ issuer: 'i', subject: 's' }), { nil: undefined }),
    certificate: fc.option(fc.constant({ key: 'k' }), { nil: undefined }),
    roles: fc.dictionary(fc.uuid(), fc.record({ scope, roleDefinitionId: fc.uuid() }), { maxKeys: 4 }),
    gifts: fc.subarray(['app-role/r/a', 'directory-role/d@/', 'delegated/r/all', 'group/g']),
    denied: fc.subarray(SCOPES),
  })
  .map(({ enabled, disabled, sharedKey, trust, certificate, roles, gifts, denied }): Facet => {
    const of: [string, Json | undefined][] = [
      ['enabled', enabled],
      ['disabled', disabled],
      ['sharedKey', sharedKey],
      ['trust', trust],
      ['certificate', certificate],
      ...Object.entries(roles).map(([id, value]): [string, Json] => [`azure-role/${id}`, value]),
      ...gifts.map((entry): [string, Json] => [entry, true]),
      ...denied.map((at): [string, Json] => [`deny/interdict-c0de${at}`, { effect: 'enforced' }]),
    ]
    return Object.fromEntries(of.filter(([, value]) => value !== undefined)) as Facet
  })

const contexts = fc
  .record({ deniable: fc.subarray(SCOPES), scopes: fc.subarray(SCOPES), exhausted: fc.subarray(SCOPES) })
  .map(
    ({ deniable, scopes, exhausted }): Context => ({
      run: 'c0de',
      now: '2026-11-23T12:00:00Z',
      identity: {
        id: 'azure:t:service-principal/p',
        uid: 'p',
        cloud: 'azure',
        account: 't',
        kind: 'service-principal',
        name: 'p',
        facts: {},
      },
      params: {},
      seen: { deniable, scopes, labels: {} },
      exhausted: exhausted.map(each => `deny/interdict-c0de${each}`),
    }),
  )

describe('cutting what is cut changes nothing', () => {
  it.each(interruptions.map(each => [each.id, each] as const))('%s', (_, interruption) => {
    fc.assert(
      fc.property(facets, contexts, (facet, given) => {
        const context = { ...given, params: interruption.params.parse({}) as Json }
        const cut = interruption.cut(facet, context)
        expect(interruption.cut(cut, context)).toEqual(cut)
      }),
    )
  })
})

it('a quarantine adds only denials of its own, and takes only roles where it could not', () => {
  const quarantines = interruptions.filter(({ id }) => id.endsWith('.quarantine'))
  fc.assert(
    fc.property(fc.constantFrom(...quarantines), facets, contexts, (interruption, facet, context) => {
      for (const { entry, to } of differences(facet, interruption.cut(facet, context))) {
        expect(entry).toMatch(to === undefined ? /^azure-role\// : /^deny\/interdict-c0de\//)
      }
    }),
  )
})
