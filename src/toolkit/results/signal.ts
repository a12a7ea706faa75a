import { z } from 'zod'
import { IdentityId, JsonValue, Time } from './values.ts'

const Outcome = z
  .enum(['success', 'denied', 'failure'])
  .describe('Whether the cloud carried the operation out.')

/** Who did something, as a log record says it. */
export const SignalIdentityResult = z
  .strictObject({
    id: IdentityId.optional().describe('As in the inventory. Absent if it does not follow from the record.'),
    uid: z.string().optional().describe('The immutable id. Absent if the record does not have it.'),
    kind: z.string().optional().describe('Kind of identity. Absent if the record does not say.'),
    name: z.string().describe('The name in the record.'),
    session: z.string().optional().describe('Session name or token id. Absent if the record has none.'),
    credential: z
      .string()
      .optional()
      .describe(
        'The credential that was used, e.g. an access key id. Absent if it does not follow from the record.',
      ),
  })
  .meta({ id: 'SignalIdentity', description: 'Who did something, as a log record says it.' })

/** One event of a log, in the form that triggers read. */
export const SignalResult = z
  .strictObject({
    id: z.string().describe('Id of the record, or its digest if the record has none.'),
    time: Time.describe('When it happened.'),
    cloud: z
      .string()
      .describe('`aws`, `gcp`, `azure`; `agent` for the tool call of an AI agent; `other` if none follows.'),
    account: z.string().optional().describe('Account of the identity. Absent if the record does not say.'),
    identity: SignalIdentityResult,
    action: z
      .string()
      .describe('The name that the cloud has for the operation, e.g. `sts:AssumeRoleWithWebIdentity`.'),
    resource: z
      .string()
      .optional()
      .describe('The resource of the action. Absent if the record does not say.'),
    outcome: Outcome,
    sourceIp: z.string().optional().describe('Address of the caller. Absent if the record does not say.'),
    country: z
      .string()
      .optional()
      .describe('ISO 3166-1 alpha-2. Absent unless the record itself names a country.'),
    userAgent: z.string().optional().describe('Absent if the record does not say.'),
    count: z.int().optional().describe('How often it happened. Absent for once.'),
    format: z.string().describe('Format of the record, e.g. `cloudtrail`, `ocsf`.'),
    recordedIn: z
      .string()
      .optional()
      .describe('Account whose log has the record. Absent if the record does not say.'),
    doubt: z
      .string()
      .optional()
      .describe('Why a person has to decide what follows from it. Absent if nothing speaks against it.'),
    finding: z
      .strictObject({
        category: z.string().describe('The class that the detector gave it.'),
        severity: z.number().describe('0 to 100.'),
      })
      .optional()
      .describe('The judgement of a detector. Absent unless the record is a finding.'),
    details: z.record(z.string(), JsonValue).describe('Further members that triggers may read.'),
  })
  .meta({ id: 'Event', description: 'One event of a log, in the form that triggers read.' })

const CauseEvent = z
  .strictObject({
    id: z.string().describe('Id of the record.'),
    time: Time.describe('When it happened.'),
    action: z.string().describe('The operation.'),
    outcome: Outcome,
    resource: z
      .string()
      .optional()
      .describe('The resource of the action. Absent if the record does not say.'),
    sourceIp: z.string().optional().describe('Address of the caller. Absent if the record does not say.'),
    country: z
      .string()
      .optional()
      .describe('ISO 3166-1 alpha-2. Absent unless the record itself names a country.'),
    identity: z.string().describe('Who did it: an id of the inventory, or the name in the record.'),
  })
  .meta({ id: 'CauseEvent', description: 'An event that caused a run, in short.' })

/** The events that started a run or a proposal. */
export const CauseResult = z
  .strictObject({
    key: z
      .string()
      .describe('Digest of the firing: it is the same after a restart, so that one firing makes one run.'),
    trigger: z.string().describe('Name of the trigger.'),
    events: z.array(z.string()).describe('Ids of the records, oldest first, at most the last 100.'),
    count: z.int().describe('How many events there were.'),
    why: z.string().describe('Why the trigger fired, e.g. `5 events in 10m (at least 5)`.'),
    signals: z.array(CauseEvent).describe('The first events and the one that completed the count.'),
  })
  .meta({ id: 'Cause', description: 'The events that started a run or a proposal.' })
