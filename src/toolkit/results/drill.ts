import { z } from 'zod'
import { proofMembers } from './change.ts'
import { RunStatusResult } from './run.ts'
import { choice, list, named, object, optional, optionalText, text } from './shapes.ts'
import { Count, Milliseconds, type Printed, RunId } from './values.ts'

const ChangeCounts = named('ChangeCounts', 'Numbers of changes in a rehearsal.', {
  total: Count.describe('Changes of the run.'),
  cut: Count.describe('Changes that stopped their identity.'),
  failed: Count.describe('Changes that failed.'),
})

const Comparison = named('Comparison', 'The estate after the restore beside the estate before.', {
  identical: z.boolean().describe('Whether the estate is as it was.'),
  differences: list('The differences, in words.', z.string()),
})

const cloudMembers = {
  cloud: text('`aws`, `gcp` or `azure`.'),
  changes: ChangeCounts,
  thieves: list('Actors that use what was stolen.', {
    actor: text('The actor of the lab.'),
    callsBefore: Count.describe('Calls that went through before the containment.'),
    acceptedAfterVerified: Count.describe('Calls that went through after the run was proven.'),
    lastAcceptedAfterMs: Milliseconds.describe(
      'Milliseconds from the start of the containment to the last call that went through; 0 if none did.',
    ),
  }),
  honest: object('Actors that the run must not hurt.', {
    workloads: Count.describe('Actors.'),
    calls: Count.describe('Their calls.'),
    refused: Count.describe('Calls that were refused.'),
  }),
  collateral: list('Honest actors that share what was stolen, and are expected to stop.', {
    actor: text('The actor of the lab.'),
    refused: Count.describe('Calls that were refused.'),
  }),
}

const Proof = named('Proof', 'How far one change of a rehearsal came.', {
  ...proofMembers,
})

const Fight = named(
  'Fight',
  'A thief that fights back. Times count from the first change that the cloud took.',
  {
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
    inToken: object('Calls that Microsoft accepts until the token expires.', {
      accepted: Count.describe('How many.'),
      lastAcceptedMs: Milliseconds.describe('Milliseconds until the last of them.'),
    }),
    acceptedAfterComplete: Count.describe(
      'Calls that were sent after the run was complete and went through.',
    ),
    winner: choice('Who won.', ['responder', 'thief']),
    made: list('Objects that the thief made, which no restore removes.', z.string()),
  },
)

/** Printed by `drill PLAYBOOK`. */
export const DrillResult = named('Drill', 'A rehearsal of a playbook in the lab: `drill PLAYBOOK`.', {
  playbook: text('Name of the playbook.'),
  run: RunId,
  identities: Count.describe('Identities that were touched.'),
  settings: Count.describe('Settings that were changed.'),
  changes: ChangeCounts,
  clouds: list(
    'An entry for each cloud of the scope.',
    named('DrillCloud', 'A rehearsal in one cloud.', { ...cloudMembers, restore: Comparison }),
  ),
  timings: object('How long each stage took.', {
    inventoryMs: Milliseconds.describe('Milliseconds to list the identities.'),
    planMs: Milliseconds.describe('Milliseconds to plan.'),
    containMs: Milliseconds.describe('Milliseconds to contain.'),
    verifyMs: Milliseconds.describe('Milliseconds to verify.'),
    restoreMs: Milliseconds.describe('Milliseconds to restore.'),
  }),
  timeline: list('The events, in order.', {
    at: Milliseconds.describe('Milliseconds since the thief began.'),
    what: choice('The event.', [
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
    ]),
    text: optionalText('More about it. Absent if there is nothing to say.'),
  }),
  proofs: list('How far each change came.', Proof),
  countered: Count.describe('How often somebody undid a change and the run wrote it again.'),
  fight: optional('Absent unless the thief fights back (`--thief fighting`).', Fight),
  passed: z
    .boolean()
    .describe(
      'Every thief was stopped, nobody else was hurt, and the estate is as it was. If not, the exit code is 4.',
    ),
})

export type DrillResult = Printed<typeof DrillResult>

/** Printed by `drill --case N`. */
export const CaseResult = named('Case', 'A case, from the log record to the restore: `drill --case N`.', {
  case: z.int().describe('1 to 5.'),
  title: text('Title, for people.'),
  playbook: text('Name of the playbook.'),
  event: object('The cause of the run.', {
    trigger: text('The trigger that fired.'),
    source: text('The file of records.'),
    records: Count.describe('How many records were delivered.'),
    why: text('Why the trigger fired.'),
    named: list('Ids of the events that the journal names.', z.string()),
  }),
  run: RunId,
  identities: Count.describe('Identities that were touched.'),
  settings: Count.describe('Settings that were changed.'),
  changes: ChangeCounts,
  timings: object('How long it took.', {
    plannedMs: Milliseconds.describe('Milliseconds from the event in the source to the plan.'),
    firstCutMs: Milliseconds.describe('To the first change that the cloud took.'),
    containedMs: Milliseconds.describe('To the whole proven.'),
    lastAcceptedMs: Milliseconds.describe('To the last call of a thief that went through.'),
    restoreMs: Milliseconds.describe('Milliseconds that the restore took.'),
  }),
  clouds: list(
    'An entry for each cloud of the scope.',
    named('CaseCloud', 'A case of the drill in one cloud.', cloudMembers),
  ),
  proofs: list('How far each change came.', Proof),
  checks: list('The checks of the case alone.', {
    what: text('The check.'),
    good: z.boolean().describe('Whether it is so.'),
  }),
  rotated: list('Credentials that the case replaces.', {
    kind: text('Kind of credential.'),
    old: text('Name of the old one.'),
    new: text('Name of the new one.'),
    place: text('Where its secret is.'),
  }),
  restore: Comparison.describe('The differences besides `rotated`.'),
  timeline: list('The events, in order.', {
    at: Milliseconds.describe('Milliseconds since the event was delivered; negative before.'),
    text: text('The event.'),
  }),
  passed: z.boolean().describe('Whether everything is as it should. If not, the exit code is 4.'),
})

export type CaseResult = Printed<typeof CaseResult>

/** Printed by `drill --cases`. */
export const CasesResult = named('Cases', 'All cases: `drill --cases`.', {
  cases: list('The five cases.', CaseResult),
})

export type CasesResult = Printed<typeof CasesResult>
