import { z } from 'zod'
import {
  AccountWarning,
  IdentityResult,
  NoteResult,
  SpareClassResult,
  UnlistedKinds,
  UnreachedAccount,
} from './identity.ts'
import { BlastRadius, PlannedChangeResult } from './planned-change.ts'
import { CauseResult } from './signal.ts'
import { Count, IdentityId, JsonValue, type Printed, RunId, Time } from './values.ts'

/** The target of a run. */
export const TargetResult = z
  .strictObject({
    kind: z.enum(['live', 'lab']).describe('`lab` is the rehearsal estate; the two never mix.'),
    at: z
      .string()
      .describe('Id of the lab, or the endpoint if it is not the one of the cloud; empty for the clouds.'),
  })
  .meta({ id: 'Target', description: 'The target of a run.' })

const Caller = z
  .strictObject({
    cloud: z.string().describe('The cloud of the account.'),
    account: z.string().describe('The account.'),
    alias: z.string().optional().describe('Name of the account. Absent if it has none.'),
    name: z.string().describe('As whom interdict is signed in, as the cloud shows it.'),
    endpoint: z.string().optional().describe('Where the calls go. Absent for the endpoint of the cloud.'),
    guard: z
      .string()
      .optional()
      .describe('As whom the deny above the account is written. Absent if no change asks for one.'),
  })
  .meta({ id: 'Caller', description: 'As whom interdict is signed in to an account.' })

const PlanSpared = z
  .strictObject({
    identity: IdentityResult,
    because: z.string().describe('Why it is not touched, for people.'),
    class: SpareClassResult.optional().describe('Why it is protected. Absent in journals of older versions.'),
    doubtful: z
      .string()
      .optional()
      .describe('Why the mark or the name is not to be relied on. Absent if nothing speaks against it.'),
    named: z
      .literal(true)
      .optional()
      .describe('The playbook means this very identity. Absent if it was selected among others.'),
  })
  .meta({ id: 'SparedInPlan', description: 'A selected identity that is protected, and so not touched.' })

const PlanOverruled = z
  .strictObject({
    identity: IdentityResult,
    because: z.string().describe('Why it is protected, for people.'),
    class: SpareClassResult,
    by: z
      .enum(['asked', 'named'])
      .describe(
        '`asked`: with `--include-protected`. `named`: the playbook names this credential of an administrator.',
      ),
  })
  .meta({ id: 'OverruledInPlan', description: 'A protected identity that is touched all the same.' })

const PlanRefused = z
  .strictObject({
    identity: IdentityResult,
    interruption: z.string().describe('Id of the interruption.'),
    step: z.string().describe('Step of the playbook.'),
    because: z.string().describe('Why it must not or cannot be done.'),
  })
  .meta({
    id: 'RefusedInPlan',
    description: 'An interruption that the playbook asks for and that is not done.',
  })

const planMembers = {
  version: z
    .union([z.literal(1), z.literal(2)])
    .describe('Version of the form of plans: 2, or 1 in the file of an older plan.'),
  run: RunId.describe('The run that carries the plan out.'),
  at: Time.describe('When it was made, on the clock of the target.'),
  target: TargetResult,
  playbook: z
    .strictObject({
      name: z.string().describe('Name of the playbook.'),
      title: z.string().describe('Title, for people.'),
      severity: z.string().describe('`low`, `medium`, `high` or `critical`.'),
      sha256: z.string().describe('SHA-256 of `source`, in hexadecimal.'),
      source: z.string().describe('The YAML text.'),
    })
    .describe('The playbook, whole: a plan does not depend on a file that may have changed.'),
  inputs: z.record(z.string(), JsonValue).describe('Inputs of the playbook, by name.'),
  scope: z
    .record(z.string(), JsonValue)
    .optional()
    .describe('By cloud: where interdict signed in. Absent in plans of older versions.'),
  callers: z.array(Caller).describe('As whom interdict is signed in, an entry for each account.'),
  changes: z.array(PlannedChangeResult).describe('The changes of the run.'),
  spared: z.array(PlanSpared).describe('Selected identities that are protected.'),
  overruled: z
    .array(PlanOverruled)
    .optional()
    .describe('Protected identities that are touched all the same. Absent without any.'),
  refused: z.array(PlanRefused).describe('Interruptions that were asked for and are not done.'),
  unreached: z.array(UnreachedAccount).describe('Accounts that were not reached.'),
  unlisted: z
    .array(UnlistedKinds)
    .optional()
    .describe('Listings that were refused, so that the run is incomplete. Absent without any.'),
  missing: z
    .array(
      z.strictObject({
        name: z.string().describe('The name in the playbook or its inputs.'),
        text: z.string().optional().describe('Where it is. Absent if the cloud cannot say.'),
      }),
    )
    .optional()
    .describe(
      'The targets that the playbook names, if none of them was found. The exit code is then 3. Absent if any was found.',
    ),
  warnings: z.array(z.string()).describe('Remarks for people about the plan as a whole.'),
  warned: z
    .array(AccountWarning)
    .optional()
    .describe('Those of `warnings` that are about one account. Absent without any.'),
  counts: z
    .strictObject({
      listed: Count.describe('Identities that were listed.'),
      principals: Count.optional().describe('Principals among them. Absent in plans of older versions.'),
      narrow: z
        .literal(true)
        .optional()
        .describe('Only identities that the playbook can mean were listed. Absent if all were.'),
      touched: Count.describe('Identities that the plan touches.'),
      limit: Count.describe('Limit on `touched`.'),
      share: z.number().describe('Limit on `touched` as a share of `listed`, 0 to 1.'),
    })
    .describe('Numbers of identities, and the limit of the playbook.'),
  blast: BlastRadius,
  known: z
    .record(z.string(), z.array(z.string()))
    .describe('By principal: its credentials when the plan was made. The sweep contains any others.'),
  unknown: z
    .record(
      z.string(),
      z.array(
        z.strictObject({
          kind: z.string().optional().describe('Kind of credential. Absent if none could be listed.'),
          because: z.string().describe('Why.'),
        }),
      ),
    )
    .optional()
    .describe('By principal: credentials that could not be listed. Absent if all could.'),
  calls: z
    .strictObject({
      reads: Count.describe('Calls that the plan made.'),
      writes: Count.describe('Calls that the containment is expected to make.'),
      seconds: z.number().describe('Seconds that the containment is expected to take.'),
      slowest: z
        .string()
        .optional()
        .describe('The interruption whose quota makes it slow. Absent if none is felt.'),
    })
    .describe('Calls to the clouds.'),
  manual: z.array(NoteResult).optional().describe('Manual steps. Absent without any.'),
  advice: z
    .array(NoteResult)
    .optional()
    .describe('Access that the changes leave alive, and the way to end it. Absent without any.'),
  reachable: z
    .array(NoteResult)
    .optional()
    .describe(
      'Roles that a stopped principal may have assumed and whose sessions go on, with a command that revokes them. Absent without any.',
    ),
  includeProtected: z
    .array(z.string())
    .optional()
    .describe('The values of `--include-protected`. Absent without it.'),
  acceptOneWay: z.literal(true).optional().describe('`--accept-one-way` was given. Absent without it.'),
  within: z
    .strictObject({
      cloud: z.string().describe('The cloud of the account.'),
      account: z.string().describe('The account.'),
    })
    .optional()
    .describe('Account of the event that the plan answers. Absent if a person asked for it.'),
  cause: CauseResult.optional().describe('Of a proposal: the events that it answers. Absent otherwise.'),
  approval: z.string().optional().describe('Digest of the plan file that is carried out. Absent if none is.'),
  digest: z
    .string()
    .describe('`sha256:…` over the plan. `contain FILE --digest` carries out this plan and no other.'),
}

/** Printed by `plan` and by `contain --dry-run`. */
export const PlanResult = z.strictObject(planMembers).meta({
  id: 'Plan',
  description:
    'The plan of a containment. `plan` prints it and changes nothing; so does `contain --dry-run`.',
})

export type PlanResult = Printed<typeof PlanResult>

/** The file of `plan --out` and of a proposal. */
export const PlanFile = z
  .strictObject({
    ...planMembers,
    seal: z
      .strictObject({
        kind: z.enum(['plan', 'proposal']).describe('Who made it: a person, or `watch`.'),
        state: z.string().describe('Id of the state folder that it is for.'),
        signature: z.string().describe('Ed25519 with the key of the machine, base64.'),
      })
      .optional()
      .describe(
        'Signature of the machine; not part of the digest. Absent if the machine does not know the state folder.',
      ),
  })
  .meta({ id: 'PlanFile', description: 'A plan in a file: `plan --out` writes it, `contain FILE` takes it.' })

export type PlanFile = Printed<typeof PlanFile>

const OtherHolders = z.strictObject({
  key: z.string().describe('Key of the change.'),
  identity: IdentityId,
  interruption: z.string().describe('Id of the interruption.'),
  heldBy: z.array(RunId).describe('Runs that hold it.'),
})

/** Printed by `contain` if other runs hold everything already. */
export const HeldResult = z
  .strictObject({
    run: z.null().describe('No run was made.'),
    status: z.literal('held'),
    heldBy: z.array(RunId).describe('Runs that hold all that the plan would do.'),
    unproven: z
      .array(RunId)
      .optional()
      .describe('Those that did not end complete; the exit code is then 4. Absent if all did.'),
    changes: z.array(OtherHolders).describe('The requested changes, and the runs that hold them.'),
    spared: z
      .array(z.strictObject({ identity: IdentityId, because: z.string().describe('Why it is not touched.') }))
      .describe('Selected identities that are protected.'),
    refused: z
      .array(
        z.strictObject({
          identity: IdentityId,
          interruption: z.string().describe('Id of the interruption.'),
          because: z.string().describe('Why it is not done.'),
        }),
      )
      .describe('Interruptions that were asked for and are not done.'),
  })
  .meta({
    id: 'Held',
    description:
      'Printed by `contain` in place of a containment if other runs hold all of it already. `--stack` makes a run that holds it too.',
  })

export type HeldResult = Printed<typeof HeldResult>
