import fc from 'fast-check'
import { interruptions } from '../../../../src/clouds/aws/interruptions/index.ts'
import type { Json } from '../../../../src/model/json.ts'
import { lawsSuite } from '../../laws.ts'
import { contextFor } from './subjects.ts'

const arn = fc.constantFrom(
  'arn:aws:iam::aws:policy/AWSDenyAll',
  'arn:aws:iam::aws:policy/ReadOnlyAccess',
  'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4',
  'arn:aws:iam::111122223333:policy/team/deploy',
)
const entry: fc.Arbitrary<[string, Json]> = fc.oneof<fc.Arbitrary<[string, Json]>[]>(
  fc.tuple(fc.constant('enabled'), fc.constantFrom<Json>(true, false, 'expired')),
  fc.tuple(
    fc.constantFrom('inline/app', 'inline/interdict-7f3k', 'inline/interdict-7f3k-sessions'),
    fc.string(),
  ),
  fc.tuple(
    arn.map(each => `attached/${each}`),
    fc.constant(true),
  ),
  fc.tuple(fc.constant('boundary'), arn),
  fc.tuple(fc.constantFrom('group/admins', 'audience/sts.amazonaws.com'), fc.constant(true)),
  fc.tuple(fc.constant('instance-profile'), fc.constant('arn:aws:iam::111122223333:instance-profile/web')),
)
const seen = fc.oneof(
  fc.constant(undefined),
  fc.record({
    inlineUsed: fc.nat(2048),
    inlineQuota: fc.constant(2048),
    attachedCount: fc.nat(10),
    attachedQuota: fc.constant(10),
  }),
)

lawsSuite({
  prefix: 'aws',
  interruptions,
  entry,
  seen,
  exhausted: ['inline/interdict-7f3k', 'attached/arn:aws:iam::aws:policy/AWSDenyAll', 'boundary'],
  kept: /boundary|interdict-|AWSDenyAll|AWSCompromisedKeyQuarantine/,
  contextFor,
})
