import { z } from 'zod'
import { choice, list, named, optional, optionalText, text } from './shapes.ts'
import { IdentityId, JsonValue, Time } from './values.ts'

const Outcome = choice('Whether the cloud carried the operation out.', ['success', 'denied', 'failure'])

/** Who did something, as a log record says it. */
export const SignalIdentityResult = named('SignalIdentity', 'Who did something, as a log record says it.', {
  id: optional('As in the inventory. Absent if it does not follow from the record.', IdentityId),
  uid: optionalText('The immutable id. Absent if the record does not have it.'),
  kind: optionalText('Kind of identity. Absent if the record does not say.'),
  name: text('The name in the record.'),
  session: optionalText('Session name or token id. Absent if the record has none.'),
  credential: optionalText(
    'The credential that was used, e.g. an access key id. Absent if it does not follow from the record.',
  ),
})

/** One event of a log, in the form that triggers read. */
export const SignalResult = named('Event', 'One event of a log, in the form that triggers read.', {
  id: text('Id of the record, or its digest if the record has none.'),
  time: Time.describe('When it happened.'),
  cloud: text('`aws`, `gcp`, `azure`; `agent` for the tool call of an AI agent; `other` if none follows.'),
  account: optionalText('Account of the identity. Absent if the record does not say.'),
  identity: SignalIdentityResult,
  action: text('The name that the cloud has for the operation, e.g. `sts:AssumeRoleWithWebIdentity`.'),
  resource: optionalText('The resource of the action. Absent if the record does not say.'),
  outcome: Outcome,
  sourceIp: optionalText('Address of the caller. Absent if the record does not say.'),
  country: optionalText('ISO 3166-1 alpha-2. Absent unless the record itself names a country.'),
  userAgent: optionalText('Absent if the record does not say.'),
  count: optional('How often it happened. Absent for once.', z.int()),
  format: text('Format of the record, e.g. `cloudtrail`, `ocsf`.'),
  recordedIn: optionalText('Account whose log has the record. Absent if the record does not say.'),
  doubt: optionalText(
    'Why a person has to decide what follows from it. Absent if nothing speaks against it.',
  ),
  finding: optional('The judgement of a detector. Absent unless the record is a finding.', {
    category: text('The class that the detector gave it.'),
    severity: z.number().describe('0 to 100.'),
  }),
  details: z.record(z.string(), JsonValue).describe('Further members that triggers may read.'),
})

const CauseEvent = named('CauseEvent', 'An event that caused a run, in short.', {
  id: text('Id of the record.'),
  time: Time.describe('When it happened.'),
  action: text('The operation.'),
  outcome: Outcome,
  resource: optionalText('The resource of the action. Absent if the record does not say.'),
  sourceIp: optionalText('Address of the caller. Absent if the record does not say.'),
  country: optionalText('ISO 3166-1 alpha-2. Absent unless the record itself names a country.'),
  identity: text('Who did it: an id of the inventory, or the name in the record.'),
})

/** The events that started a run or a proposal. */
export const CauseResult = named('Cause', 'The events that started a run or a proposal.', {
  key: text('Digest of the firing: it is the same after a restart, so that one firing makes one run.'),
  trigger: text('Name of the trigger.'),
  events: list('Ids of the records, oldest first, at most the last 100.', z.string()),
  count: z.int().describe('How many events there were.'),
  why: text('Why the trigger fired, e.g. `5 events in 10m (at least 5)`.'),
  signals: list('The first events and the one that completed the count.', CauseEvent),
})
