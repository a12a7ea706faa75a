import { z } from 'zod'
import { PURPOSES } from '../../model/purpose.ts'
import { UsedApproval } from './approval.ts'
import { ChangeResult, changeMembers, findingsMembers, OverruledResult, SparedResult } from './change.ts'
import { FaultResult } from './fault.ts'
import { TargetResult } from './plan.ts'
import { ListedProposalResult } from './proposals.ts'
import { RestoreCountsResult } from './restore.ts'
import { choice, list, named, optional, optionalList, optionalText, text } from './shapes.ts'
import { CauseResult } from './signal.ts'
import { Count, IdentityId, JsonValue, OUTCOMES, type Printed, RunId, Time } from './values.ts'

/** How a run, a restore or a rotation ended. */
export const RunStatusResult = choice(
  'How it ended. `complete`: everything is proven; on an emulator that cannot prove it, everything is set (`unprovable`). `settling`: everything is set, and the delay that the cloud documents is not over. `contested`: somebody keeps undoing it. `incomplete`: something failed, was refused or is not proven. `interrupted`: it did not come to its end.',
  OUTCOMES,
)

/** Calls by their purpose. */
export const CallsResult = z.partialRecord(z.enum(PURPOSES), Count).meta({
  id: 'Calls',
  description:
    'Calls to the clouds. `sign-in`. `plan`: who is meant, and the state that the plan shows. `snapshot`: the state before each write. `write`. `verify`: whether it is in force. `sweep`: new credentials of who is stopped. `newcomers`: identities that were created meanwhile. `other`.',
})

/** Printed by `contain`, `guard`, and `resume` of a containment. */
export const ContainResult = named(
  'Contain',
  'How a containment ended. `guard`, and `resume` of a containment, print it too.',
  {
    run: RunId,
    journal: text('Path of the journal.'),
    status: RunStatusResult,
    changes: list('Each change, and how far it came.', ChangeResult),
    warnings: optionalList('Remarks for people about the run as a whole. Absent without any.', z.string()),
    spared: list('Selected identities that are protected.', SparedResult),
    overruled: optionalList(
      'Protected identities that were touched all the same. Absent without any.',
      OverruledResult,
    ),
    refused: list('Interruptions that were asked for and were not planned.', {
      identity: IdentityId,
      interruption: text('Id of the interruption.'),
      because: text('Why it is not done.'),
    }),
    ...findingsMembers,
    calls: optional(
      'Calls to the clouds by what they were for. Absent where they were not counted.',
      CallsResult,
    ),
  },
)

export type ContainResult = Printed<typeof ContainResult>

const runMembers = {
  run: RunId,
  playbook: text('Name of the playbook.'),
  target: TargetResult,
  status: choice(
    'How the run stands. The first five are how its containment ended. `unfinished`: it did not end. `undone`: somebody undid a change. `nothing held`: it is complete, and nothing is to be restored. `stepped down`: nothing is left to restore but denies that expire. `lapsed`: the stop carried its end, and it has come.',
    [
      ...OUTCOMES,
      'unfinished',
      'undone',
      'nothing held',
      'rotating',
      'restoring',
      'not restored',
      'partly restored',
      'stepped down',
      'restored',
      'lapsed',
    ],
  ),
  open: z.boolean().describe('Whether the run holds anything that is still to be restored.'),
  startedAt: Time.describe('When it began, on the clock of the target.'),
  due: Time.describe('The review date.'),
  reason: text('Why it was made, as it was given.'),
  ticket: optionalText('As it was given. Absent if none was.'),
  approvals: optionalList(
    'Acts that others approved, or that were begun without the approvals that they need. Absent without any.',
    UsedApproval,
  ),
  cause: optional('The events that started it. Absent if a person did.', CauseResult),
  actor: text('The user of the operating system who made it.'),
  changes: Count.describe('Changes of the run.'),
  set: Count.describe('Changes whose settings read as written.'),
  proven: Count.describe('Changes that are set and that the cloud enforces.'),
  unprovable: optional(
    'Changes that are set on an emulator that cannot prove them; not counted as proven. Absent without any.',
    Count,
  ),
  settling: Count.describe(
    'Changes that are set, while the delay that the cloud documents is not over; not counted as proven.',
  ),
  lapsed: optional(
    'Changes that have ended by themselves; not counted as proven. Absent without any.',
    Count,
  ),
  holds: Count.describe('Changes of which a setting is held.'),
  drift: Count.describe('Changes that somebody else altered.'),
  undone: Count.describe('Changes that somebody undid.'),
  countered: Count.describe('How often somebody undid a change while it was guarded.'),
  failed: Count.describe('Changes that failed.'),
  unreached: Count.describe('Accounts that were not reached.'),
  overdue: z.boolean().describe('Whether the run is open past its review date.'),
  restoreFrom: optional(
    'A restore before it is refused, or has nothing left to do. Absent if access can be returned now.',
    Time,
  ),
  sessionsUntil: optional(
    'Until when a restore leaves sessions issued before the containment denied. Absent if there are none.',
    Time,
  ),
  secondRestoreFrom: optional(
    'When a restore that stepped down can be finished. Absent unless one did.',
    Time,
  ),
  restored: optional('The outcome of the last restore. Absent without one.', RestoreCountsResult),
}

/** One run in the list of `status`. */
export const RunSummary = named('RunSummary', 'One run, in numbers.', runMembers)

export type RunSummary = Printed<typeof RunSummary>

/** A run whose journal cannot be read or believed. */
export const FaultyRun = named('FaultyRun', 'A run whose journal cannot be read or believed.', {
  run: RunId,
  error: FaultResult,
})

export type FaultyRun = Printed<typeof FaultyRun>

/** Printed by `status` without a run. */
export const RunsResult = named('Runs', 'The runs of the state folder: `status` without a run.', {
  runs: list('All runs of the state folder.', z.union([RunSummary, FaultyRun])),
  proposals: optionalList(
    'Plans of a watch that wait for a person. Absent without any.',
    ListedProposalResult,
  ),
})

export type RunsResult = Printed<typeof RunsResult>

/** Printed by `status --due` and `due`. */
export const DueResult = named(
  'Due',
  'The actions that are due for open runs: `status --due`, and those that are due now: `due`.',
  {
    due: list('The earliest first.', {
      run: RunId,
      at: Time.describe('From when on.'),
      what: choice('The action that is due.', ['review', 'second restore', 'tidying']),
      command: text('The command to begin with.'),
    }),
  },
)

export type DueResult = Printed<typeof DueResult>

/** Printed by `status RUN` and `verify RUN`. */
export const RunResult = named(
  'Run',
  'One run in full: `status RUN`, and `verify RUN` after it looked again. `open` is false if nothing is held but settings that a restore left off on purpose.',
  {
    ...runMembers,
    ...findingsMembers,
    changes: list(
      'Each change, and the settings that the run holds.',
      named('HeldChange', 'A change, with the settings that the run holds.', {
        ...changeMembers,
        held: list('Settings that the run holds.', {
          entry: text('Name of the setting.'),
          before: optional('Value that is owed. Absent if the setting did not exist.', JsonValue),
          ours: optional('Value that the run wrote. Absent if it removed the setting.', JsonValue),
          until: optional(
            'When the remainder of a restore that stepped down may go. Absent without one.',
            Time,
          ),
          off: optional(
            'Why a restore left it off on purpose. Absent if none did.',
            z.enum(['kept-off', 'recent']),
          ),
        }),
      }),
    ),
  },
)

export type RunResult = Printed<typeof RunResult>
