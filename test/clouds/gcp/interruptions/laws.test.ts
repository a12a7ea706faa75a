import fc from 'fast-check'
import { interruptions } from '../../../../src/clouds/gcp/interruptions/index.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { lawsSuite } from '../../laws.ts'

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
    fc.constant('enabled'),
    fc.constantFrom<Json>(
      true,
      false,
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
function contextFor(kind: string, over: Partial<Context>): Context {
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

lawsSuite({
  prefix: 'gcp',
  interruptions,
  entry,
  exhausted: ['deny/projects/acme-prod/interdict-7f3k'],
  kept: /^deny\/|^enabled|@user:|serviceAgent@|^grant\/roles\/owner@organizations/,
  contextFor,
})
