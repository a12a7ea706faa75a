import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, type Facet } from '../../../../src/model/facet.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { interruptions } from '../../../../src/providers/gcp/interruptions/index.ts'

const NAME = 'app@acme-prod.iam.gserviceaccount.com'
const CONDITION = { title: 'weekdays', expression: 'true' }

const grant = (resource: string, role: string, member: string, conditions: Json[]): Json => ({
  resource,
  role,
  member,
  conditions,
})

const entry: fc.Arbitrary<[string, Json]> = fc.oneof(
  fc.tuple(
    fc.constant('status'),
    fc.constantFrom(
      'enabled',
      'disabled',
      'enabled, exposed',
      'disabled, exposed',
      'disabled by Google, exposed',
    ),
  ),
  fc
    .tuple(
      fc.constantFrom(
        'projects/acme-prod',
        'folders/12',
        'organizations/34',
        'projects/acme-prod/serviceAccounts/1',
      ),
      fc.constantFrom(
        'roles/viewer',
        'roles/owner',
        'roles/container.serviceAgent',
        'organizations/34/roles/own',
      ),
      fc.subarray<Json>([null, CONDITION], { minLength: 1 }),
    )
    .map(([resource, role, conditions]): [string, Json] => [
      `grant/${role}@${resource}`,
      grant(resource, role, `serviceAccount:${NAME}`, conditions),
    ]),
  fc
    .constantFrom('user:a@acme.example', 'serviceAccount:b@acme-prod.iam.gserviceaccount.com')
    .map((member): [string, Json] => [
      `impersonator/roles/iam.serviceAccountUser@${member}`,
      grant('projects/acme-prod/serviceAccounts/1', 'roles/iam.serviceAccountUser', member, [null]),
    ]),
  fc.tuple(
    fc.constantFrom(
      'deny/projects/acme-prod/interdict-7f3k',
      'deny/projects/acme-prod/interdict-7f3k-tokens',
    ),
    fc.constantFrom<Json>([{ permissions: ['storage.googleapis.com/objects.get'] }], []),
  ),
  fc.tuple(
    fc.constant('restrictions'),
    fc.constantFrom<Json>(
      { apiTargets: [{ service: 'maps-backend.googleapis.com' }] },
      { browserKeyRestrictions: { allowedReferrers: ['https://acme.example/*'] } },
    ),
  ),
  fc.tuple(fc.constant('attribute-condition'), fc.constantFrom('a == b', 'x || y')),
)
const facet: fc.Arbitrary<Facet> = fc.array(entry).map(entries => Object.fromEntries(entries))
const exhausted = fc.subarray(['deny/projects/acme-prod/interdict-7f3k'])

function contextFor(kind: string, over: Partial<Context> = {}): Context {
  return {
    run: '7f3k',
    now: '2026-11-23T00:00:00Z',
    identity: {
      id: `gcp:acme-prod:${kind}/${NAME}`,
      uid: '1',
      cloud: 'gcp',
      account: 'acme-prod',
      kind,
      name: NAME,
      facts: {},
    },
    params: {},
    exhausted: [],
    ...over,
  }
}

describe.each(interruptions.map(each => [each.id, each] as const))('%s', (_, each) => {
  const context = (over: Partial<Context> = {}) =>
    contextFor(each.on[0] ?? '', { params: each.params.parse(each.example ?? {}) as Json, ...over })

  it('changes nothing that is cut already, at whatever time', () => {
    fc.assert(
      fc.property(facet, exhausted, (before, full) => {
        const first = context({ exhausted: full })
        const once = each.cut(before, first)
        const later = { ...first, now: '2027-01-01T00:00:00Z' }
        expect(differences(once, each.cut(once, later))).toEqual([])
      }),
    )
  })

  it('never sets what it was told there is no room for', () => {
    fc.assert(
      fc.property(facet, exhausted, (before, full) => {
        const cut = each.cut(before, context({ exhausted: full }))
        for (const { entry, to } of differences(before, cut))
          if (to !== undefined) expect(full).not.toContain(entry)
      }),
    )
  })

  it('never widens: it takes no deny away, and nothing of people or service agents', () => {
    fc.assert(
      fc.property(facet, before => {
        const removed = differences(before, each.cut(before, context())).filter(({ to }) => to === undefined)
        for (const { entry } of removed) {
          expect(entry).not.toMatch(/^deny\/|^status|@user:|serviceAgent@|^grant\/roles\/owner@organizations/)
        }
      }),
    )
  })

  it('leaves the same after stepping down twice', () => {
    fc.assert(
      fc.property(facet, restored => {
        const down = each.stepDown?.(restored, context()) ?? restored
        expect(each.stepDown?.(down, context()) ?? down).toEqual(down)
      }),
    )
  })

  it('says shortly what it leaves, and takes its example', () => {
    expect(each.leaves.length).toBeLessThanOrEqual(100)
    expect(each.params.safeParse(each.example).success).toBe(true)
    expect(each.params.safeParse({ ...(each.example as object), surprise: 1 }).success).toBe(false)
  })
})

it('has every id once, made of cloud, kind and verb', () => {
  expect(new Set(interruptions.map(each => each.id)).size).toBe(interruptions.length)
  for (const { id, on, verbs } of interruptions) expect(id).toBe(`gcp.${on[0]}.${verbs[0]}`)
})
