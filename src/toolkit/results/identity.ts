import { z } from 'zod'
import { SPARE_CLASSES } from '../../model/spare.ts'
import { FaultResult } from './fault.ts'
import { choice, list, named, optional, optionalList, optionalText, text } from './shapes.ts'
import { IdentityId, JsonValue } from './values.ts'

/** An identity or a credential as the inventory lists it. */
export const IdentityResult = named('Identity', 'An identity or a credential, as the inventory lists it.', {
  id: IdentityId,
  uid: text('The immutable id that the cloud gave it. A restore refuses another one under the same name.'),
  cloud: text('`aws`, `gcp` or `azure`.'),
  account: text('AWS account id, Google Cloud project id, or Entra tenant id.'),
  kind: text('Kind of identity, as `interdict catalog` lists them: `role`, `access-key`.'),
  name: text('The name that the cloud has for it, without a path.'),
  owner: optional('Of a credential: the principal that it belongs to. Absent for principals.', IdentityId),
  facts: z
    .record(z.string(), JsonValue)
    .describe('Facts that playbooks select on. A fact that could not be read is absent.'),
})

/** The classes of reasons to spare an identity. */
export const SpareClassResult = z.enum(SPARE_CLASSES).meta({
  id: 'SpareClass',
  description:
    'Why it is protected. `self`: interdict signs in with it. `provider`: it belongs to the cloud. `administrator`: it administers the organization, the tenant or a subscription. `name`: its name is protected. `mark`: a tag, a description, or a rule of the playbook protects it. Nothing overrules the first two.',
})

/** Why a selected identity was not touched. */
export const spareReasons = {
  because: text('Why it is not touched, for people.'),
  class: optional('Why it is protected. Absent in journals of older versions.', SpareClassResult),
  doubtful: optionalText(
    'Why the mark or the name is not to be relied on. Absent if nothing speaks against it.',
  ),
  named: optional(
    'The playbook means this very identity. Absent if it was selected among others.',
    z.literal(true),
  ),
}

/** Why a protected identity was touched. */
export const overruleReasons = {
  because: text('Why it is protected, for people.'),
  class: SpareClassResult,
  by: choice(
    '`asked`: with `--include-protected`. `named`: the playbook names this credential of an administrator.',
    ['asked', 'named'],
  ),
}

/** An account that was not reached. */
export const UnreachedAccount = named(
  'UnreachedAccount',
  'An account that was not reached, or not listed to its end.',
  {
    cloud: text('The cloud of the account.'),
    account: text(
      'The account. If listing the accounts failed, it is a placeholder such as `self` or `organization`.',
    ),
    fault: FaultResult,
  },
)

/** A warning about one account. */
export const AccountWarning = named('AccountWarning', 'A warning about one account.', {
  cloud: text('The cloud of the account.'),
  account: text('The account.'),
  message: text('The warning, which is among `warnings` too.'),
})

/** Kinds of identity that could not be listed in an account. */
export const UnlistedKinds = named(
  'UnlistedKinds',
  'Kinds that the playbook selects from and that an account did not list.',
  {
    cloud: text('The cloud of the account.'),
    account: text('The account.'),
    kinds: list('Kinds that were not listed, or not to their end.', z.string()),
    because: text('Why.'),
  },
)

/** A sentence about one identity. */
export const NoteResult = named('Note', 'A sentence about one identity.', {
  identity: IdentityId,
  text: text('The text, for people.'),
  replaced: optionalList(
    'Of something to do by hand: names of credentials. It is done once a rotation has deleted them. Absent if no rotation does it.',
    z.string(),
  ),
})
