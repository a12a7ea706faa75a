import { z } from 'zod'
import { DeniedResult, PhaseResult } from './change.ts'
import { ChangeKey } from './planned-change.ts'
import { RunStatusResult } from './run.ts'
import { Count, IdentityId, Milliseconds, type Printed, RunId } from './values.ts'

const ChangeCounts = z
  .strictObject({
    total: Count.describe('Changes of the run.'),
    cut: Count.describe('Changes that stopped their identity.'),
    failed: Count.describe('Changes that failed.'),
  })
  .meta({ id: 'ChangeCounts', description: 'Numbers of changes in a rehearsal.' })

const Comparison = z
  .strictObject({
    identical: z.boolean().describe('Whether the estate is as it was.'),
    differences: z.array(z.string()).describe('The differences, in words.'),
  })
  .meta({ id: 'Comparison', description: 'The estate after the restore beside the estate before.' })

const cloudMembers = {
  cloud: z.string().describe('`aws`, `gcp` or `azure`.'),
  changes: ChangeCounts,
  thieves: z
    .array(
      z.strictObject({
        actor: z.string().describe('The actor of the lab.'),
        callsBefore: Count.describe('Calls that went through before the containment.'),
        acceptedAfterVerified: Count.describe('Calls that went through after the run was proven.'),
        lastAcceptedAfterMs: Milliseconds.describe(
          'Milliseconds from the start of the containment to the last call that went through; 0 if none did.',
        ),
      }),
    )
    .describe('Actors that use what was stolen.'),
  honest: z
    .strictObject({
      workloads: Count.describe('Actors.'),
      calls: Count.describe('Their calls.'),
      refused: Count.describe('Calls that were refused.'),
    })
    .describe('Actors that the run must not hurt.'),
  collateral: z
    .array(
      z.strictObject({
        actor: z.string().describe('The actor of the lab.'),
        refused: Count.describe('Calls that were refused.'),
      }),
    )
    .describe('Honest actors that share what was stolen, and are expected to stop.'),
}

const Proof = z
  .strictObject({
    key: ChangeKey,
    identity: IdentityId,
    interruption: z.string().describe('Id of the interruption.'),
    phase: PhaseResult,
    set: z.boolean().describe('The settings read as written.'),
    denied: DeniedResult,
  })
  .meta({ id: 'Proof', description: 'How far one change of a rehearsal came.' })

const Fight = z
  .strictObject({
    seed: z.number().describe('Seed of the rehearsal.'),
    periodMs: Milliseconds.describe('Milliseconds between two rounds of the thief.'),
    propagationMs: Milliseconds.describe('Milliseconds until the lab enforces a change.'),
    helper: z.boolean().describe('The thief has a second identity.'),
    helperContained: z.boolean().describe('The playbook contains the second identity too.'),
    parallel: z.boolean().describe('The thief makes several calls at once.'),
    run: RunStatusResult,
    containMs: Milliseconds.describe('Milliseconds until the containment returned.'),
    watchedMs: Milliseconds.describe('Milliseconds until the rehearsal stopped the thief.'),
    undone: Count.describe('How often the thief undid something.'),
    by: z.record(z.string(), Count).describe('The same by operation.'),
    noticed: Count.describe('Counter-moves that the run recorded.'),
    accepted: Count.describe('Calls of the thief that went through.'),
    refused: Count.describe('Calls of the thief that were refused.'),
    lastAcceptedMs: Milliseconds.describe(
      'Milliseconds until the last call that went through, without those of `inToken`; 0 if none did.',
    ),
    delays: z.number().describe('The same in propagation delays.'),
    inToken: z
      .strictObject({
        accepted: Count.describe('How many.'),
        lastAcceptedMs: Milliseconds.describe('Milliseconds until the last of them.'),
      })
      .describe('Calls that Microsoft accepts until the token expires.'),
    acceptedAfterComplete: Count.describe(
      'Calls that were sent after the run was complete and went through.',
    ),
    winner: z.enum(['responder', 'thief']).describe('Who won.'),
    made: z.array(z.string()).describe('Objects that the thief made, which no restore removes.'),
  })
  .meta({
    id: 'Fight',
    description: 'A thief that fights back. Times count from the first change that the cloud took.',
  })

/** Printed by `drill PLAYBOOK`. */
export const DrillResult = z
  .strictObject({
    playbook: z.string().describe('Name of the playbook.'),
    run: RunId,
    identities: Count.describe('Identities that were touched.'),
    settings: Count.describe('Settings that were changed.'),
    changes: ChangeCounts,
    clouds: z
      .array(
        z
          .strictObject({ ...cloudMembers, restore: Comparison })
          .meta({ id: 'DrillCloud', description: 'A rehearsal in one cloud.' }),
      )
      .describe('An entry for each cloud of the scope.'),
    timings: z
      .strictObject({
        inventoryMs: Milliseconds.describe('Milliseconds to list the identities.'),
        planMs: Milliseconds.describe('Milliseconds to plan.'),
        containMs: Milliseconds.describe('Milliseconds to contain.'),
        verifyMs: Milliseconds.describe('Milliseconds to verify.'),
        restoreMs: Milliseconds.describe('Milliseconds to restore.'),
      })
      .describe('How long each stage took.'),
    timeline: z
      .array(
        z.strictObject({
          at: Milliseconds.describe('Milliseconds since the thief began.'),
          what: z
            .enum([
              'thief',
              'contain',
              'planned',
              'set',
              'last-accepted',
              'proven',
              'settled',
              'refused',
              'honest',
              'clock',
              'restore',
              'compared',
            ])
            .describe('The event.'),
          text: z.string().optional().describe('More about it. Absent if there is nothing to say.'),
        }),
      )
      .describe('The events, in order.'),
    proofs: z.array(Proof).describe('How far each change came.'),
    countered: Count.describe('How often somebody undid a change and the run wrote it again.'),
    fight: Fight.optional().describe('Absent unless the thief fights back (`--fight`).'),
    passed: z
      .boolean()
      .describe(
        'Every thief was stopped, nobody else was hurt, and the estate is as it was. If not, the exit code is 4.',
      ),
  })
  .meta({ id: 'Drill', description: 'A rehearsal of a playbook in the lab: `drill PLAYBOOK`.' })

export type DrillResult = Printed<typeof DrillResult>

/** Printed by `drill --case N`. */
export const CaseResult = z
  .strictObject({
    case: z.int().describe('1 to 5.'),
    title: z.string().describe('Title, for people.'),
    playbook: z.string().describe('Name of the playbook.'),
    event: z
      .strictObject({
        trigger: z.string().describe('The trigger that fired.'),
        source: z.string().describe('The file of records.'),
        records: Count.describe('How many records were delivered.'),
        why: z.string().describe('Why the trigger fired.'),
        named: z.array(z.string()).describe('Ids of the events that the journal names.'),
      })
      .describe('The cause of the run.'),
    run: RunId,
    identities: Count.describe('Identities that were touched.'),
    settings: Count.describe('Settings that were changed.'),
    changes: ChangeCounts,
    timings: z
      .strictObject({
        plannedMs: Milliseconds.describe('Milliseconds from the event in the source to the plan.'),
        firstCutMs: Milliseconds.describe('To the first change that the cloud took.'),
        containedMs: Milliseconds.describe('To the whole proven.'),
        lastAcceptedMs: Milliseconds.describe('To the last call of a thief that went through.'),
        restoreMs: Milliseconds.describe('Milliseconds that the restore took.'),
      })
      .describe('How long it took.'),
    clouds: z
      .array(
        z
          .strictObject(cloudMembers)
          .meta({ id: 'CaseCloud', description: 'A case of the drill in one cloud.' }),
      )
      .describe('An entry for each cloud of the scope.'),
    proofs: z.array(Proof).describe('How far each change came.'),
    checks: z
      .array(
        z.strictObject({
          what: z.string().describe('The check.'),
          good: z.boolean().describe('Whether it is so.'),
        }),
      )
      .describe('The checks of the case alone.'),
    rotated: z
      .array(
        z.strictObject({
          kind: z.string().describe('Kind of credential.'),
          old: z.string().describe('Name of the old one.'),
          new: z.string().describe('Name of the new one.'),
          place: z.string().describe('Where its secret is.'),
        }),
      )
      .describe('Credentials that the case replaces.'),
    restore: Comparison.describe('The differences besides `rotated`.'),
    timeline: z
      .array(
        z.strictObject({
          at: Milliseconds.describe('Milliseconds since the event was delivered; negative before.'),
          text: z.string().describe('The event.'),
        }),
      )
      .describe('The events, in order.'),
    passed: z.boolean().describe('Whether everything is as it should. If not, the exit code is 4.'),
  })
  .meta({ id: 'Case', description: 'A case, from the log record to the restore: `drill --case N`.' })

export type CaseResult = Printed<typeof CaseResult>

/** Printed by `drill --cases`. */
export const CasesResult = z
  .strictObject({ cases: z.array(CaseResult).describe('The five cases.') })
  .meta({ id: 'Cases', description: 'All cases: `drill --cases`.' })

export type CasesResult = Printed<typeof CasesResult>
