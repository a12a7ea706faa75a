import { z } from 'zod'
import { choice, list, named, object, optional, optionalList, optionalText, text } from './shapes.ts'
import { Count, IdentityId, OUTCOMES, type Printed, RunId, Time } from './values.ts'

/** The first line. */
export const StartedEvent = named('StartedEvent', 'The first line: what `watch` does from now on.', {
  event: z.literal('started'),
  time: Time.describe('When.'),
  mode: choice('The most that it does by itself.', ['propose', 'act']),
  ceiling: object('Most containments in an hour. A firing beyond them is proposed.', {
    all: Count.describe('In total.'),
    trigger: Count.describe('Of one trigger.'),
    source: Count.describe('Of one source.'),
    identity: Count.describe('Of one identity.'),
  }),
  playbooks: list('The playbooks that can start.', {
    name: text('Name of the playbook.'),
    file: text('Its file.'),
    triggers: list('Its triggers.', {
      name: text('Name of the trigger.'),
      does: choice('Its reaction when it fires. `rule`: nothing by itself, others wait for it.', [
        'propose',
        'act',
        'rule',
      ]),
      cannot: optionalText('Why it cannot fire. Absent if it can.'),
    }),
  }),
  sources: list('Where records come from.', {
    name: text('The source, without secrets.'),
    formats: list('Formats and mappings that it may deliver.', z.string()),
  }),
  notify: list('Who is notified, without secrets.', z.string()),
  learned: Count.describe('Identities whose usual behaviour is known. If 0, `first-seen` cannot fire.'),
  learn: optionalText(
    'A command that learns from the same sources. Absent if nothing has to be learned, or cannot.',
  ),
})

export type StartedEvent = Printed<typeof StartedEvent>

const firing = {
  id: text('Id of the firing. It is the same after a restart.'),
  playbook: text('Name of the playbook.'),
  trigger: text('Name of the trigger.'),
  why: text('Why it fired, e.g. `5 events in 10m (at least 5)`.'),
  identity: text('Whose events: an id of the inventory, or the name in the record.'),
  time: Time.describe('When.'),
}

/** A trigger fired. */
export const FiredEvent = named('FiredEvent', 'A trigger fired.', { event: z.literal('fired'), ...firing })

/** A reaction to a firing. */
export const ReactionEvent = named('ReactionEvent', 'The reaction of `watch` to a firing.', {
  event: choice(
    '`contained`: a run contained it, or other runs hold all of it. `incomplete`: the run has begun, and is resumed until it is complete. `proposed`: a plan waits for a person. `refused`: nothing is done. `waiting`: nothing has begun, and it is tried again.',
    ['contained', 'incomplete', 'proposed', 'refused', 'waiting'],
  ),
  ...firing,
  run: optional('The run, or the one that holds it. Absent if there is none.', RunId),
  status: optional(
    'How the run ended; `held`: other runs hold all of it. Absent without a run.',
    z.enum([...OUTCOMES, 'proposed', 'held']),
  ),
  changes: optional('Changes of the run or the plan. Absent without one.', Count),
  identities: optionalList('Identities that are stopped, or would be. Absent without any plan.', IdentityId),
  spared: optionalList('Identities that the playbook means and that are protected. Absent without any.', {
    identity: IdentityId,
    because: text('Why it is not touched.'),
  }),
  plan: optionalText('File of the proposal. Absent unless `proposed`.'),
  digest: optionalText('Digest of the proposal, which an approval pins. Absent unless `proposed`.'),
  command: optionalText('The command that carries the proposal out. Absent unless `proposed`.'),
  heldBy: optionalList('Runs that hold all of it. Absent unless `held`.', RunId),
  ceiling: optional(
    'Most containments in an hour, if they are the reason for a proposal. Absent otherwise.',
    Count,
  ),
  budget: optional('The share of the ceiling that was used up. Absent unless one was, before the ceiling.', {
    of: choice('The owner of the share.', ['all', 'trigger', 'source', 'identity']),
    name: text('The trigger, source or identity; empty for `all`.'),
    most: Count.describe('Containments in an hour.'),
  }),
  because: optionalText('Why not, or not yet. Absent if there is nothing to explain.'),
})

/** Nothing of a source is understood. */
export const UnreadableEvent = named(
  'UnreadableEvent',
  'No record of a source is understood, so nothing can fire on it.',
  {
    event: z.literal('unreadable'),
    id: text('Id of the message.'),
    source: text('The source.'),
    count: Count.describe('Records in a row.'),
    because: text('Why the last one was set aside, and what to do.'),
    time: Time.describe('When.'),
  },
)

/** Records were set aside. */
export const SetAsideEvent = named(
  'SetAsideEvent',
  'Records were not understood, and are in `set-aside.ndjson`.',
  {
    event: z.literal('set-aside'),
    source: text('The source.'),
    where: text('The first of them: line of a file, or id of a message.'),
    reason: text('Why.'),
    count: Count.describe('How many.'),
  },
)

/** Records of an account that is not ours. */
export const ForeignEvent = named(
  'ForeignEvent',
  'Records of an account outside the scope are ignored. Printed once for each account.',
  {
    event: z.literal('foreign'),
    source: text('The source.'),
    cloud: text('The cloud of the account.'),
    account: text('The account.'),
  },
)

/** Something failed, and the watch goes on. */
export const ProblemEvent = named('ProblemEvent', 'Something failed, and `watch` goes on.', {
  event: z.literal('problem'),
  playbook: optionalText('Name of the playbook. Absent if it is not about one.'),
  trigger: optionalText('Name of the trigger. Absent if it is not about one.'),
  source: optionalText('The source. Absent if it is not about one.'),
  message: text('The failure.'),
})

/** A notification was delivered. */
export const NotifiedEvent = named('NotifiedEvent', 'A notification was delivered.', {
  event: z.literal('notified'),
  id: text('Id of the firing or of the message.'),
  by: text('Who was notified.'),
})

/** Lines were left out. */
export const DroppedEvent = named('DroppedEvent', 'Lines were left out, since the reader was too slow.', {
  event: z.literal('dropped'),
  lines: Count.describe('How many.'),
})

export type DroppedEvent = Printed<typeof DroppedEvent>

/** A fight on a guarded run. */
export const GuardEvent = named('GuardEvent', 'News of a run that `watch` guards.', {
  event: choice(
    '`guard.countered`: somebody undid it, and it was written again. `guard.contested`: writing it again does not win. `guard.enforced`: everything is enforced and proven.',
    ['guard.countered', 'guard.contested', 'guard.enforced'],
  ),
  run: RunId,
  what: choice('The same as `event`, without `guard.`.', ['countered', 'contested', 'enforced']),
  count: Count.describe('Counter-moves since the last such line.'),
  identities: list('Whose settings were undone.', IdentityId),
})

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
