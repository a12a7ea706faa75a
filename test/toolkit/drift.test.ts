import { expectTypeOf, test } from 'vitest'
import type { GuardNews } from '../../src/engine/index.ts'
import type { Diagnosis as GateDiagnosis } from '../../src/gate/install/diagnosis.ts'
import type { Note } from '../../src/guard/ports.ts'
import type { Problem } from '../../src/model/document/problems.ts'
import type { FaultCode, FaultRecord } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Json } from '../../src/model/json.ts'
import type { Newcomer } from '../../src/model/newcomer.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { PlannedRotation } from '../../src/model/rotation.ts'
import type { RunNumbers } from '../../src/model/run/numbers.ts'
import type { RestoreCounts } from '../../src/model/run/restore-fold.ts'
import type { Cause } from '../../src/model/watch.ts'
import type { Diagnosis } from '../../src/toolkit/diagnosis.ts'
import type { Explanation } from '../../src/toolkit/explanation.ts'
import type { TestedPlaybook } from '../../src/toolkit/playbook-tests.ts'
import type { DoctorResult } from '../../src/toolkit/results/doctor.ts'
import type { ExplanationResult } from '../../src/toolkit/results/explanation.ts'
import type { ErrorResult } from '../../src/toolkit/results/fault.ts'
import type { GateDoctorResult } from '../../src/toolkit/results/gate.ts'
import type { InventoryResult } from '../../src/toolkit/results/inventory.ts'
import type { PlanResult } from '../../src/toolkit/results/plan.ts'
import type {
  PlaybookResult,
  PlaybookTestResult,
  PlaybookValidateResult,
} from '../../src/toolkit/results/playbooks.ts'
import type { RestoreResult } from '../../src/toolkit/results/restore.ts'
import type { RotationPlanResult } from '../../src/toolkit/results/rotation.ts'
import type { ContainResult, RunSummary } from '../../src/toolkit/results/run.ts'
import type { GuardEvent, StartedEvent, WatchEvent } from '../../src/toolkit/results/watch-events.ts'
import type { Started } from '../../src/toolkit/watch/started.ts'

/** Members of any of the alternatives of a type. */
type Keys<Type> = Type extends unknown ? keyof Type : never

/** Type of a member, of those alternatives that have it. */
type At<Type, Name> = Type extends unknown ? (Name extends keyof Type ? Type[Name] : never) : never

/**
 * Paths of the members that a value of our own has and its result does not name; never if there is none. Values are copied whole
 * into results, so that TypeScript would let such a member through.
 */
type Unnamed<Made, Result> = Made extends string | number | boolean | null | undefined
  ? never
  : [Json] extends [Result]
    ? never
    : Made extends readonly (infer Item)[]
      ? Unnamed<Item, Result extends readonly (infer Shown)[] ? Shown : never>
      : string extends keyof Made
        ? Unnamed<Made[string & keyof Made], At<Result, string>>
        : {
            [Name in keyof Made & string]: Name extends Keys<Result>
              ? `${Name}.${Unnamed<NonNullable<Made[Name]>, NonNullable<At<Result, Name>>>}`
              : Name
          }[keyof Made & string]

test('our own types that are printed whole have no member that a result does not name', () => {
  expectTypeOf<Unnamed<Plan, PlanResult>>().toBeNever()
  expectTypeOf<Unnamed<Identity, InventoryResult['identities'][number]>>().toBeNever()
  expectTypeOf<Unnamed<FaultRecord, ErrorResult['error']>>().toBeNever()
  expectTypeOf<Unnamed<Cause, NonNullable<RunSummary['cause']>>>().toBeNever()
  expectTypeOf<Unnamed<RunNumbers, RunSummary>>().toBeNever()
  expectTypeOf<
    Unnamed<Omit<Newcomer, 'identity'>, NonNullable<ContainResult['newcomers']>[number]>
  >().toBeNever()
  expectTypeOf<Unnamed<RestoreCounts, RestoreResult['counts']>>().toBeNever()
  expectTypeOf<
    Unnamed<Omit<PlannedRotation, 'identity'>, RotationPlanResult['rotations'][number]>
  >().toBeNever()
  expectTypeOf<Unnamed<Diagnosis, DoctorResult>>().toBeNever()
  expectTypeOf<Unnamed<GateDiagnosis, GateDoctorResult['harnesses'][number]>>().toBeNever()
  // A playbook is printed as its file has it, without the rules of the house.
  expectTypeOf<Unnamed<Omit<Playbook, 'house'>, PlaybookResult>>().toBeNever()
  expectTypeOf<Unnamed<Problem, PlaybookValidateResult['files'][number]['problems'][number]>>().toBeNever()
  expectTypeOf<Unnamed<TestedPlaybook, PlaybookTestResult['playbooks'][number]>>().toBeNever()
  expectTypeOf<Unnamed<Explanation, ExplanationResult>>().toBeNever()
  expectTypeOf<Unnamed<Note, WatchEvent>>().toBeNever()
  expectTypeOf<Unnamed<Started, StartedEvent>>().toBeNever()
  expectTypeOf<Unnamed<GuardNews, GuardEvent>>().toBeNever()
})

test('the comparison finds a member at any depth', () => {
  expectTypeOf<
    Unnamed<{ a: { b: number; more: number }[] }, { a: readonly { b: number }[] }>
  >().toEqualTypeOf<'a.more'>()
  expectTypeOf<
    Unnamed<{ [name: string]: { more: 1 } }, { [name: string]: { a: 1 } }>
  >().toEqualTypeOf<'more'>()
})

test('every event of a watch, and every word of a fault, is one of its type, and the other way round', () => {
  type Emitted = Note['event'] | 'started' | 'notified' | 'dropped' | `guard.${GuardNews['what']}`
  expectTypeOf<WatchEvent['event']>().toEqualTypeOf<Emitted>()
  expectTypeOf<ErrorResult['error']['code']>().toEqualTypeOf<FaultCode>()
})
