import { z } from 'zod'
import { ChangeResult, changeMembers, findingsMembers, OverruledResult, SparedResult } from './change.ts'
import { FaultResult } from './fault.ts'
import { TargetResult } from './plan.ts'
import { RestoreCountsResult } from './restore.ts'
import { CauseResult } from './signal.ts'
import { Count, IdentityId, JsonValue, type Printed, RunId, Time } from './values.ts'

/** How a run, a restore or a rotation ended. */
export const RunStatusResult = z
  .enum(['complete', 'settling', 'contested', 'incomplete', 'interrupted'])
  .describe(
    'How it ended. `complete`: everything is proven. `settling`: everything is set, and the delay that the cloud documents is not over. `contested`: somebody keeps undoing it. `incomplete`: something failed, was refused or is not proven. `interrupted`: it did not come to its end.',
  )

/** Printed by `contain`, `guard`, and `resume` of a containment. */
export const ContainResult = z
  .strictObject({
    run: RunId,
    journal: z.string().describe('Path of the journal.'),
    status: RunStatusResult,
    changes: z.array(ChangeResult).describe('Each change, and how far it came.'),
    warnings: z
      .array(z.string())
      .optional()
      .describe('Remarks for people about the run as a whole. Absent without any.'),
    spared: z.array(SparedResult).describe('Selected identities that are protected.'),
    overruled: z
      .array(OverruledResult)
      .optional()
      .describe('Protected identities that were touched all the same. Absent without any.'),
    refused: z
      .array(
        z.strictObject({
          identity: IdentityId,
          interruption: z.string().describe('Id of the interruption.'),
          because: z.string().describe('Why it is not done.'),
        }),
      )
      .describe('Interruptions that were asked for and were not planned.'),
    ...findingsMembers,
  })
  .meta({
    id: 'Contain',
    description: 'How a containment ended. `guard`, and `resume` of a containment, print it too.',
  })

export type ContainResult = Printed<typeof ContainResult>

const runMembers = {
  run: RunId,
  playbook: z.string().describe('Name of the playbook.'),
  target: TargetResult,
  status: z
    .enum([
      'complete',
      'settling',
      'contested',
      'incomplete',
      'interrupted',
      'unfinished',
      'undone',
      'nothing held',
      'rotating',
      'restoring',
      'not restored',
      'partly restored',
      'stepped down',
      'restored',
    ])
    .describe(
      'How the run stands. The first five are how its containment ended. `unfinished`: it did not end. `undone`: somebody undid a change. `nothing held`: it is complete, and nothing is to be restored. `stepped down`: nothing is left to restore but denies that expire.',
    ),
  open: z.boolean().describe('Whether the run holds anything that is still to be restored.'),
  startedAt: Time.describe('When it began, on the clock of the target.'),
  due: Time.describe('The review date.'),
  reason: z.string().describe('Why it was made, as it was given.'),
  ticket: z.string().optional().describe('As it was given. Absent if none was.'),
  cause: CauseResult.optional().describe('The events that started it. Absent if a person did.'),
  actor: z.string().describe('The user of the operating system who made it.'),
  changes: Count.describe('Changes of the run.'),
  set: Count.describe('Changes whose settings read as written.'),
  proven: Count.describe('Changes that are set and that the cloud enforces.'),
  settling: Count.describe(
    'Changes that are set, while the delay that the cloud documents is not over; not counted as proven.',
  ),
  holds: Count.describe('Changes of which a setting is held.'),
  drift: Count.describe('Changes that somebody else altered.'),
  undone: Count.describe('Changes that somebody undid.'),
  countered: Count.describe('How often somebody undid a change while it was guarded.'),
  failed: Count.describe('Changes that failed.'),
  unreached: Count.describe('Accounts that were not reached.'),
  overdue: z.boolean().describe('Whether the run is open past its review date.'),
  restoreFrom: Time.optional().describe(
    'A restore before it is refused, or has nothing left to do. Absent if access can be returned now.',
  ),
  sessionsUntil: Time.optional().describe(
    'Until when a restore leaves sessions issued before the containment denied. Absent if there are none.',
  ),
  secondRestoreFrom: Time.optional().describe(
    'When a restore that stepped down can be finished. Absent unless one did.',
  ),
  restored: RestoreCountsResult.optional().describe('The outcome of the last restore. Absent without one.'),
}

/** One run in the list of `status`. */
export const RunSummary = z
  .strictObject(runMembers)
  .meta({ id: 'RunSummary', description: 'One run, in numbers.' })

export type RunSummary = Printed<typeof RunSummary>

/** A run whose journal cannot be read or believed. */
export const FaultyRun = z
  .strictObject({ run: RunId, error: FaultResult })
  .meta({ id: 'FaultyRun', description: 'A run whose journal cannot be read or believed.' })

export type FaultyRun = Printed<typeof FaultyRun>

/** Printed by `status` without a run. */
export const RunsResult = z
  .strictObject({
    runs: z.array(z.union([RunSummary, FaultyRun])).describe('All runs of the state folder.'),
  })
  .meta({ id: 'Runs', description: 'The runs of the state folder: `status` without a run.' })

export type RunsResult = Printed<typeof RunsResult>

/** Printed by `status --due`. */
export const DueResult = z
  .strictObject({
    due: z
      .array(
        z.strictObject({
          run: RunId,
          at: Time.describe('From when on.'),
          what: z.enum(['review', 'second restore']).describe('The action that is due.'),
          command: z.string().describe('The command to begin with.'),
        }),
      )
      .describe('The earliest first.'),
  })
  .meta({ id: 'Due', description: 'The actions that are due for open runs: `status --due`.' })

export type DueResult = Printed<typeof DueResult>

/** Printed by `status RUN` and `verify RUN`. */
export const RunResult = z
  .strictObject({
    ...runMembers,
    ...findingsMembers,
    changes: z
      .array(
        z
          .strictObject({
            ...changeMembers,
            held: z
              .array(
                z.strictObject({
                  entry: z.string().describe('Name of the setting.'),
                  before: JsonValue.optional().describe(
                    'Value that is owed. Absent if the setting did not exist.',
                  ),
                  ours: JsonValue.optional().describe(
                    'Value that the run wrote. Absent if it removed the setting.',
                  ),
                  until: Time.optional().describe(
                    'When the remainder of a restore that stepped down may go. Absent without one.',
                  ),
                  off: z
                    .enum(['kept-off', 'recent'])
                    .optional()
                    .describe('Why a restore left it off on purpose. Absent if none did.'),
                }),
              )
              .describe('Settings that the run holds.'),
          })
          .meta({ id: 'HeldChange', description: 'A change, with the settings that the run holds.' }),
      )
      .describe('Each change, and the settings that the run holds.'),
  })
  .meta({
    id: 'Run',
    description:
      'One run in full: `status RUN`, and `verify RUN` after it looked again. `open` is false if nothing is held but settings that a restore left off on purpose.',
  })

export type RunResult = Printed<typeof RunResult>
