import { z } from 'zod'
import { ApprovalCountsResult } from './approval.ts'
import {
  AccountWarning,
  IdentityResult,
  NoteResult,
  overruleReasons,
  spareReasons,
  UnlistedKinds,
  UnreachedAccount,
} from './identity.ts'
import { BlastRadius, PlannedChangeResult } from './planned-change.ts'
import { choice, list, named, object, optional, optionalList, optionalText, text } from './shapes.ts'
import { CauseResult } from './signal.ts'
import { Count, IdentityId, JsonValue, type Printed, RunId, Time } from './values.ts'

/** The target of a run. */
export const TargetResult = named('Target', 'The target of a run.', {
  kind: choice('`lab` is the rehearsal estate; the two never mix.', ['live', 'lab']),
  at: text('Id of the lab, or the endpoint if it is not the one of the cloud; empty for the clouds.'),
})

const Caller = named('Caller', 'As whom interdict is signed in to an account.', {
  cloud: text('The cloud of the account.'),
  account: text('The account.'),
  alias: optionalText('Name of the account. Absent if it has none.'),
  name: text('As whom interdict is signed in, as the cloud shows it.'),
  endpoint: optionalText('Where the calls go. Absent for the endpoint of the cloud.'),
  guard: optionalText('As whom the deny above the account is written. Absent if no change asks for one.'),
})

const PlanSpared = named('SparedInPlan', 'A selected identity that is protected, and so not touched.', {
  identity: IdentityResult,
  ...spareReasons,
})

const PlanOverruled = named('OverruledInPlan', 'A protected identity that is touched all the same.', {
  identity: IdentityResult,
  ...overruleReasons,
})

const PlanRefused = named(
  'RefusedInPlan',
  'An interruption that the playbook asks for and that is not done.',
  {
    identity: IdentityResult,
    interruption: text('Id of the interruption.'),
    step: text('Step of the playbook.'),
    because: text('Why it must not or cannot be done.'),
  },
)

const planMembers = {
  version: z
    .union([z.literal(1), z.literal(2)])
    .describe('Version of the form of plans: 2, or 1 in the file of an older plan.'),
  run: RunId.describe('The run that carries the plan out.'),
  at: Time.describe('When it was made, on the clock of the target.'),
  target: TargetResult,
  playbook: object('The playbook, whole: a plan does not depend on a file that may have changed.', {
    name: text('Name of the playbook.'),
    title: text('Title, for people.'),
    severity: text('`low`, `medium`, `high` or `critical`.'),
    sha256: text('SHA-256 of `source`, in hexadecimal.'),
    source: text('The YAML text.'),
  }),
  inputs: z.record(z.string(), JsonValue).describe('Inputs of the playbook, by name.'),
  scope: optional(
    'By cloud: where interdict signed in. Absent in plans of older versions.',
    z.record(z.string(), JsonValue),
  ),
  callers: list('As whom interdict is signed in, an entry for each account.', Caller),
  changes: list('The changes of the run.', PlannedChangeResult),
  spared: list('Selected identities that are protected.', PlanSpared),
  overruled: optionalList(
    'Protected identities that are touched all the same. Absent without any.',
    PlanOverruled,
  ),
  refused: list('Interruptions that were asked for and are not done.', PlanRefused),
  unreached: list('Accounts that were not reached.', UnreachedAccount),
  unlisted: optionalList(
    'Listings that were refused, so that the run is incomplete. Absent without any.',
    UnlistedKinds,
  ),
  missing: optionalList(
    'The targets that the playbook names, if none of them was found. The exit code is then 3. Absent if any was found.',
    {
      name: text('The name in the playbook or its inputs.'),
      text: optionalText('Where it is. Absent if the cloud cannot say.'),
    },
  ),
  warnings: list('Remarks for people about the plan as a whole.', z.string()),
  warned: optionalList('Those of `warnings` that are about one account. Absent without any.', AccountWarning),
  counts: object('Numbers of identities, and the limit of the playbook.', {
    listed: Count.describe('Identities that were listed.'),
    principals: optional('Principals among them. Absent in plans of older versions.', Count),
    narrow: optional(
      'Only identities that the playbook can mean were listed. Absent if all were.',
      z.literal(true),
    ),
    touched: Count.describe('Identities that the plan touches.'),
    limit: Count.describe('Limit on `touched`.'),
    share: z.number().describe('Limit on `touched` as a share of `listed`, 0 to 1.'),
  }),
  blast: BlastRadius,
  known: z
    .record(z.string(), z.array(z.string()))
    .describe('By principal: its credentials when the plan was made. The sweep contains any others.'),
  unknown: optional(
    'By principal: credentials that could not be listed. Absent if all could.',
    z.record(
      z.string(),
      z.array(
        z.strictObject({
          kind: optionalText('Kind of credential. Absent if none could be listed.'),
          because: text('Why.'),
        }),
      ),
    ),
  ),
  approvals: optional(
    'How many other people have to approve what is done with the run. Absent if nobody has to.',
    ApprovalCountsResult,
  ),
  calls: object('Calls to the clouds.', {
    reads: Count.describe('Calls that the plan made.'),
    writes: Count.describe('Calls that the containment is expected to make.'),
    seconds: z.number().describe('Seconds that the containment is expected to take.'),
    slowest: optionalText('The interruption whose quota makes it slow. Absent if none is felt.'),
  }),
  manual: optionalList('Manual steps. Absent without any.', NoteResult),
  advice: optionalList(
    'Access that the changes leave alive, and the way to end it. Absent without any.',
    NoteResult,
  ),
  reachable: optionalList(
    'Roles that a stopped principal may have assumed and whose sessions go on, with a command that revokes them. Absent without any.',
    NoteResult,
  ),
  includeProtected: optionalList('The values of `--include-protected`. Absent without it.', z.string()),
  acceptOneWay: optional('`--accept-one-way` was given. Absent without it.', z.literal(true)),
  within: optional('Account of the event that the plan answers. Absent if a person asked for it.', {
    cloud: text('The cloud of the account.'),
    account: text('The account.'),
  }),
  cause: optional('Of a proposal: the events that it answers. Absent otherwise.', CauseResult),
  approval: optionalText('Digest of the plan file that is carried out. Absent if none is.'),
  digest: text('`sha256:…` over the plan. `contain FILE --digest` carries out this plan and no other.'),
}

/** Printed by `plan` and by `contain --dry-run`. */
export const PlanResult = named(
  'Plan',
  'The plan of a containment. `plan` prints it and changes nothing; so does `contain --dry-run`.',
  planMembers,
)

export type PlanResult = Printed<typeof PlanResult>

/** The file of `plan --out` and of a proposal. */
export const PlanFile = named(
  'PlanFile',
  'A plan in a file: `plan --out` writes it, `contain FILE` takes it.',
  {
    ...planMembers,
    seal: optional(
      'Signature of the machine; not part of the digest. Absent if the machine does not know the state folder.',
      {
        kind: choice('Who made it: a person, or `watch`.', ['plan', 'proposal']),
        state: text('Id of the state folder that it is for.'),
        signature: text('Ed25519 with the key of the machine, base64.'),
      },
    ),
  },
)

export type PlanFile = Printed<typeof PlanFile>

const OtherHolders = z.strictObject({
  key: text('Key of the change.'),
  identity: IdentityId,
  interruption: text('Id of the interruption.'),
  heldBy: list('Runs that hold it.', RunId),
})

/** Printed by `contain` if other runs hold everything already. */
export const HeldResult = named(
  'Held',
  'Printed by `contain` in place of a containment if other runs hold all of it already. `--stack` makes a run that holds it too.',
  {
    run: z.null().describe('No run was made.'),
    status: z.literal('held'),
    heldBy: list('Runs that hold all that the plan would do.', RunId),
    unproven: optionalList(
      'Those that did not end complete; the exit code is then 4. Absent if all did.',
      RunId,
    ),
    changes: list('The requested changes, and the runs that hold them.', OtherHolders),
    spared: list('Selected identities that are protected.', {
      identity: IdentityId,
      because: text('Why it is not touched.'),
    }),
    refused: list('Interruptions that were asked for and are not done.', {
      identity: IdentityId,
      interruption: text('Id of the interruption.'),
      because: text('Why it is not done.'),
    }),
  },
)

export type HeldResult = Printed<typeof HeldResult>
