import fc from 'fast-check'
import { interruptions } from '../../../../src/clouds/azure/interruptions/index.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { lawsSuite } from '../../laws.ts'

const PRINCIPAL = '0f1f7a52-5a8e-4a36-8b0a-2c9f3d1f7e01'
const SCOPES = [
  '/subscriptions/74fbdd5a-f232-4e93-a451-ac34aee3955c',
  '/subscriptions/20993a6b-b7f9-4a3a-b0e3-cafd877e6767',
]
const [FIRST = ''] = SCOPES
const denied = (scope: string) => `deny/interdict-7f3k${scope}`

const role = (scope: string, condition?: string): Json => ({
  scope,
  roleDefinitionId: `${scope}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7`,
  ...(condition === undefined ? {} : { condition, conditionVersion: '2.0' }),
})

const entry = fc.oneof<fc.Arbitrary<[string, Json]>[]>(
  fc.tuple(fc.constantFrom('enabled', 'sharedKey'), fc.boolean()),
  fc.tuple(
    fc.constantFrom('azure-role/1', 'azure-role/2', 'azure-role/3'),
    fc.constantFrom(
      role('/'),
      role(FIRST),
      role(`${FIRST}/resourceGroups/rg-payments`, 'x'),
      role('/subscriptions/other'),
    ),
  ),
  fc.tuple(fc.constantFrom('group/7a52', 'directory-role/62e90394', 'app-role/graph/1'), fc.constant(true)),
  fc.tuple(
    fc.constantFrom('delegated/graph/all', 'delegated/vault/alice'),
    fc.constantFrom('openid', 'Mail.Read'),
  ),
  fc.tuple(
    fc.constantFrom(
      ...SCOPES.map(denied),
      // Of another run.
      `deny/interdict-9zzz${FIRST}`,
    ),
    fc.constant<Json>({ effect: 'enforced', principal: PRINCIPAL, actions: ['*/write'] }),
  ),
  fc.tuple(
    fc.constantFrom(
      `conditional-access/interdict-7f3k ${PRINCIPAL}`,
      `conditional-access/interdict-9zzz ${PRINCIPAL}`,
    ),
    fc.constant<Json>({ state: 'enabled', principals: [PRINCIPAL], control: 'block' }),
  ),
  fc.tuple(
    fc.constantFrom('trust', 'certificate'),
    fc.constant<Json>({ issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:a/b' }),
  ),
)

const seen = fc
  .record({
    scopes: fc.subarray(SCOPES),
    deniable: fc.subarray(SCOPES),
    left: fc.constantFrom<string[]>([], ['a role for a time']),
    licensed: fc.boolean(),
  })
  .map((found): Json => found)

lawsSuite({
  prefix: 'azure',
  interruptions,
  entry,
  seen,
  exhausted: SCOPES.map(denied),
  kept: /^enabled|^disabled|^sharedKey|^deny\/|^conditional-access\//,
  contextFor: (kind: string, over: Partial<Context>): Context => ({
    run: '7f3k',
    now: '2026-11-23T00:00:00Z',
    identity: {
      id: `azure:9f0c/${kind}/${PRINCIPAL}`,
      uid: PRINCIPAL,
      cloud: 'azure',
      account: '9f0c',
      kind,
      name: PRINCIPAL,
      facts: {},
    },
    params: {},
    exhausted: [],
    ...over,
  }),
})
