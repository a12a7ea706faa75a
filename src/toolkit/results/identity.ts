import { z } from 'zod'
import { SPARE_CLASSES } from '../../model/spare.ts'
import { FaultResult } from './fault.ts'
import { IdentityId, JsonValue } from './values.ts'

/** An identity or a credential as the inventory lists it. */
export const IdentityResult = z
  .strictObject({
    id: IdentityId,
    uid: z
      .string()
      .describe(
        'The immutable id that the cloud gave it. A restore refuses another one under the same name.',
      ),
    cloud: z.string().describe('`aws`, `gcp` or `azure`.'),
    account: z.string().describe('AWS account id, Google Cloud project id, or Entra tenant id.'),
    kind: z.string().describe('Kind of identity, as `interdict catalog` lists them: `role`, `access-key`.'),
    name: z.string().describe('The name that the cloud has for it, without a path.'),
    owner: IdentityId.optional().describe(
      'Of a credential: the principal that it belongs to. Absent for principals.',
    ),
    facts: z
      .record(z.string(), JsonValue)
      .describe('Facts that playbooks select on. A fact that could not be read is absent.'),
  })
  .meta({ id: 'Identity', description: 'An identity or a credential, as the inventory lists it.' })

/** The classes of reasons to spare an identity. */
export const SpareClassResult = z.enum(SPARE_CLASSES).meta({
  id: 'SpareClass',
  description:
    'Why it is protected. `self`: interdict signs in with it. `provider`: it belongs to the cloud. `administrator`: it administers the organization, the tenant or a subscription. `name`: its name is protected. `mark`: a tag, a description, or a rule of the playbook protects it. Nothing overrules the first two.',
})

/** An account that was not reached. */
export const UnreachedAccount = z
  .strictObject({
    cloud: z.string().describe('The cloud of the account.'),
    account: z
      .string()
      .describe(
        'The account. If listing the accounts failed, it is a placeholder such as `self` or `organization`.',
      ),
    fault: FaultResult,
  })
  .meta({ id: 'UnreachedAccount', description: 'An account that was not reached, or not listed to its end.' })

/** A warning about one account. */
export const AccountWarning = z
  .strictObject({
    cloud: z.string().describe('The cloud of the account.'),
    account: z.string().describe('The account.'),
    message: z.string().describe('The warning, which is among `warnings` too.'),
  })
  .meta({ id: 'AccountWarning', description: 'A warning about one account.' })

/** Kinds of identity that could not be listed in an account. */
export const UnlistedKinds = z
  .strictObject({
    cloud: z.string().describe('The cloud of the account.'),
    account: z.string().describe('The account.'),
    kinds: z.array(z.string()).describe('Kinds that were not listed, or not to their end.'),
    because: z.string().describe('Why.'),
  })
  .meta({
    id: 'UnlistedKinds',
    description: 'Kinds that the playbook selects from and that an account did not list.',
  })

/** A sentence about one identity. */
export const NoteResult = z
  .strictObject({
    identity: IdentityId,
    text: z.string().describe('The text, for people.'),
    replaced: z
      .array(z.string())
      .optional()
      .describe(
        'Of something to do by hand: names of credentials. It is done once a rotation has deleted them. Absent if no rotation does it.',
      ),
  })
  .meta({ id: 'Note', description: 'A sentence about one identity.' })
