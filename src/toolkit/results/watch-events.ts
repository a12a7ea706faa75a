import { z } from 'zod'
import { Count, IdentityId, type Printed, RunId, Time } from './values.ts'

/** The first line. */
export const StartedEvent = z
  .strictObject({
    event: z.literal('started'),
    time: Time.describe('When.'),
    mode: z.enum(['propose', 'act']).describe('The most that it does by itself.'),
    ceiling: z
      .strictObject({
        all: Count.describe('In total.'),
        trigger: Count.describe('Of one trigger.'),
        source: Count.describe('Of one source.'),
        identity: Count.describe('Of one identity.'),
      })
      .describe('Most containments in an hour. A firing beyond them is proposed.'),
    playbooks: z
      .array(
        z.strictObject({
          name: z.string().describe('Name of the playbook.'),
          file: z.string().describe('Its file.'),
          triggers: z
            .array(
              z.strictObject({
                name: z.string().describe('Name of the trigger.'),
                does: z
                  .enum(['propose', 'act', 'rule'])
                  .describe('Its reaction when it fires. `rule`: nothing by itself, others wait for it.'),
                cannot: z.string().optional().describe('Why it cannot fire. Absent if it can.'),
              }),
            )
            .describe('Its triggers.'),
        }),
      )
      .describe('The playbooks that can start.'),
    sources: z
      .array(
        z.strictObject({
          name: z.string().describe('The source, without secrets.'),
          formats: z.array(z.string()).describe('Formats and mappings that it may deliver.'),
        }),
      )
      .describe('Where records come from.'),
    notify: z.array(z.string()).describe('Who is notified, without secrets.'),
    learned: Count.describe('Identities whose usual behaviour is known. If 0, `first-seen` cannot fire.'),
    learn: z
      .string()
      .optional()
      .describe(
        'A command that learns from the same sources. Absent if nothing has to be learned, or cannot.',
      ),
  })
  .meta({ id: 'StartedEvent', description: 'The first line: what `watch` does from now on.' })

export type StartedEvent = Printed<typeof StartedEvent>

const firing = {
  id: z.string().describe('Id of the firing. It is the same after a restart.'),
  playbook: z.string().describe('Name of the playbook.'),
  trigger: z.string().describe('Name of the trigger.'),
  why: z.string().describe('Why it fired, e.g. `5 events in 10m (at least 5)`.'),
  identity: z.string().describe('Whose events: an id of the inventory, or the name in the record.'),
  time: Time.describe('When.'),
}

/** A trigger fired. */
export const FiredEvent = z
  .strictObject({ event: z.literal('fired'), ...firing })
  .meta({ id: 'FiredEvent', description: 'A trigger fired.' })

/** A reaction to a firing. */
export const ReactionEvent = z
  .strictObject({
    event: z
      .enum(['contained', 'incomplete', 'proposed', 'refused', 'waiting'])
      .describe(
        '`contained`: a run contained it, or other runs hold all of it. `incomplete`: the run has begun, and is resumed until it is complete. `proposed`: a plan waits for a person. `refused`: nothing is done. `waiting`: nothing has begun, and it is tried again.',
      ),
    ...firing,
    run: RunId.optional().describe('The run, or the one that holds it. Absent if there is none.'),
    status: z
      .enum(['complete', 'settling', 'contested', 'incomplete', 'interrupted', 'proposed', 'held'])
      .optional()
      .describe('How the run ended; `held`: other runs hold all of it. Absent without a run.'),
    changes: Count.optional().describe('Changes of the run or the plan. Absent without one.'),
    identities: z
      .array(IdentityId)
      .optional()
      .describe('Identities that are stopped, or would be. Absent without any plan.'),
    spared: z
      .array(z.strictObject({ identity: IdentityId, because: z.string().describe('Why it is not touched.') }))
      .optional()
      .describe('Identities that the playbook means and that are protected. Absent without any.'),
    plan: z.string().optional().describe('File of the proposal. Absent unless `proposed`.'),
    digest: z
      .string()
      .optional()
      .describe('Digest of the proposal, which an approval pins. Absent unless `proposed`.'),
    command: z
      .string()
      .optional()
      .describe('The command that carries the proposal out. Absent unless `proposed`.'),
    heldBy: z.array(RunId).optional().describe('Runs that hold all of it. Absent unless `held`.'),
    ceiling: Count.optional().describe(
      'Most containments in an hour, if they are the reason for a proposal. Absent otherwise.',
    ),
    budget: z
      .strictObject({
        of: z.enum(['all', 'trigger', 'source', 'identity']).describe('The owner of the share.'),
        name: z.string().describe('The trigger, source or identity; empty for `all`.'),
        most: Count.describe('Containments in an hour.'),
      })
      .optional()
      .describe('The share of the ceiling that was used up. Absent unless one was, before the ceiling.'),
    because: z.string().optional().describe('Why not, or not yet. Absent if there is nothing to explain.'),
  })
  .meta({ id: 'ReactionEvent', description: 'The reaction of `watch` to a firing.' })

/** Nothing of a source is understood. */
export const UnreadableEvent = z
  .strictObject({
    event: z.literal('unreadable'),
    id: z.string().describe('Id of the message.'),
    source: z.string().describe('The source.'),
    count: Count.describe('Records in a row.'),
    because: z.string().describe('Why the last one was set aside, and what to do.'),
    time: Time.describe('When.'),
  })
  .meta({
    id: 'UnreadableEvent',
    description: 'No record of a source is understood, so nothing can fire on it.',
  })

/** Records were set aside. */
export const SetAsideEvent = z
  .strictObject({
    event: z.literal('set-aside'),
    source: z.string().describe('The source.'),
    where: z.string().describe('The first of them: line of a file, or id of a message.'),
    reason: z.string().describe('Why.'),
    count: Count.describe('How many.'),
  })
  .meta({ id: 'SetAsideEvent', description: 'Records were not understood, and are in `set-aside.ndjson`.' })

/** Records of an account that is not ours. */
export const ForeignEvent = z
  .strictObject({
    event: z.literal('foreign'),
    source: z.string().describe('The source.'),
    cloud: z.string().describe('The cloud of the account.'),
    account: z.string().describe('The account.'),
  })
  .meta({
    id: 'ForeignEvent',
    description: 'Records of an account outside the scope are ignored. Printed once for each account.',
  })

/** Something failed, and the watch goes on. */
export const ProblemEvent = z
  .strictObject({
    event: z.literal('problem'),
    playbook: z.string().optional().describe('Name of the playbook. Absent if it is not about one.'),
    trigger: z.string().optional().describe('Name of the trigger. Absent if it is not about one.'),
    source: z.string().optional().describe('The source. Absent if it is not about one.'),
    message: z.string().describe('The failure.'),
  })
  .meta({ id: 'ProblemEvent', description: 'Something failed, and `watch` goes on.' })

/** A notification was delivered. */
export const NotifiedEvent = z
  .strictObject({
    event: z.literal('notified'),
    id: z.string().describe('Id of the firing or of the message.'),
    by: z.string().describe('Who was notified.'),
  })
  .meta({ id: 'NotifiedEvent', description: 'A notification was delivered.' })

/** Lines were left out. */
export const DroppedEvent = z
  .strictObject({
    event: z.literal('dropped'),
    lines: Count.describe('How many.'),
  })
  .meta({ id: 'DroppedEvent', description: 'Lines were left out, since the reader was too slow.' })

export type DroppedEvent = Printed<typeof DroppedEvent>

/** A fight on a guarded run. */
export const GuardEvent = z
  .strictObject({
    event: z
      .enum(['guard.countered', 'guard.contested', 'guard.enforced'])
      .describe(
        '`guard.countered`: somebody undid it, and it was written again. `guard.contested`: writing it again does not win. `guard.enforced`: everything is enforced and proven.',
      ),
    run: RunId,
    what: z.enum(['countered', 'contested', 'enforced']).describe('The same as `event`, without `guard.`.'),
    count: Count.describe('Counter-moves since the last such line.'),
    identities: z.array(IdentityId).describe('Whose settings were undone.'),
  })
  .meta({ id: 'GuardEvent', description: 'News of a run that `watch` guards.' })

export type GuardEvent = Printed<typeof GuardEvent>

/** A line of `watch --json`; `event` says which. */
export const WatchEvent = z
  .discriminatedUnion('event', [
    StartedEvent,
    FiredEvent,
    ReactionEvent,
    UnreadableEvent,
    SetAsideEvent,
    ForeignEvent,
    ProblemEvent,
    NotifiedEvent,
    GuardEvent,
    DroppedEvent,
  ])
  .meta({
    id: 'WatchEvent',
    description:
      'A line of `watch --json`; `event` tells which. If `watch` fails, an error follows as one document.',
  })

export type WatchEvent = Printed<typeof WatchEvent>
