import { z } from 'zod'
import { FaultResult } from './fault.ts'
import { choice, list, named, object, optional, optionalList, optionalText, text } from './shapes.ts'
import { Count, type Printed, RunId, Time } from './values.ts'

const Capability = named('Capability', 'Whether the credentials are enough for one stage.', {
  answer: choice(
    '`partly`: for some identities or in some places only. `unavailable`: no permission is the reason, e.g. a licence. `unknown`: the cloud does not say.',
    ['can', 'partly', 'unavailable', 'unknown', 'cannot'],
  ),
  missing: optionalList('Permissions that are missing. Absent without any.', {
    permission: text('The permission, as the cloud names it.'),
    when: optionalText('When it is called. Absent if it is called every time.'),
    where: optionalText('Where it is missing. Absent if it is missing in the whole account.'),
  }),
  why: optionalList(
    'Reasons of `unavailable` and `unknown`; with `can`, notes on another way that is taken. Absent without any.',
    z.string(),
  ),
})

const Account = named('DiagnosedAccount', 'One account, and what the credentials can do in it.', {
  cloud: text('`aws`, `gcp` or `azure`.'),
  title: text('The cloud, for people.'),
  account: text('The account.'),
  alias: optionalText('Name of the account. Absent if it has none.'),
  caller: optionalText('As whom interdict is signed in. Absent if it is not.'),
  endpoint: optionalText('Where the calls go. Absent for the endpoint of the cloud.'),
  warnings: list('Remarks for people about the session.', z.string()),
  advice: optionalList('Steps to take before an incident. Absent without any.', z.string()),
  clockOffset: optional(
    'Seconds by which the clock of the cloud is ahead of this machine. Absent if the cloud did not answer.',
    z.int(),
  ),
  kinds: list('Kinds of identity, each read once.', {
    kind: text('Kind of identity.'),
    fault: optional('Why it cannot be read. Absent if it can.', FaultResult),
  }),
  capabilities: optionalList(
    'Stages of each interruption, or of those of the playbook. Absent if the cloud has no way to say.',
    {
      interruption: text('Id of the interruption.'),
      contain: Capability.describe('To plan and contain.'),
      prove: Capability.describe('To read back, and to ask the evaluation of the cloud if it has one.'),
      restore: Capability.describe('To restore.'),
    },
  ),
  basis: optionalText('The basis of `capabilities`, and its limits. Absent without them.'),
  guard: optional('The deny above the account. Absent if the cloud has none.', {
    ready: z.boolean().describe('A guard policy is attached.'),
    possible: optional('`--prepare-guard` could not attach one. Absent if it could.', z.literal(false)),
    text: text('The finding, for people.'),
    as: optionalText('As whom it is written. Absent if that identity cannot be signed in as.'),
  }),
  fault: optional('Why the account was not reached. Absent if it was.', FaultResult),
})

/** Printed by `doctor`. */
export const DoctorResult = named(
  'Doctor',
  'The setup, and the abilities of the credentials: `doctor`. The exit code is 4 if an answer is `partly`, `cannot` or `unknown`, and with `--playbook` if one is `unavailable`.',
  {
    tool: text('Name and version of interdict.'),
    node: text('Version of Node.js.'),
    clock: object('Clocks.', {
      here: Time.describe('The clock of this machine.'),
      lab: optional('The clock of the lab. Absent without `--lab`.', Time),
    }),
    state: object('The state folder.', {
      state: text('The state folder.'),
      config: text('The folder of the keys.'),
      writable: z.boolean().describe('Whether the state folder can be written to, or made.'),
      runs: Count.describe('Runs in it.'),
      damaged: list('Runs whose journal cannot be read or believed.', { run: RunId, message: text('Why.') }),
      loose: list('Files that other users can read or write.', {
        path: text('The file or folder.'),
        mode: text('Its mode, in octal.'),
        fix: text('A command that closes it.'),
      }),
      strange: optionalText('Why this machine does not know the state folder. Absent if it does.'),
    }),
    accounts: list('An entry for each account.', Account),
    prepare: optionalText('A command that attaches guard policies. Absent if there is nothing to attach.'),
    notSetUp: list('Clouds for which this machine has no credentials; they were not asked.', z.string()),
  },
)

export type DoctorResult = Printed<typeof DoctorResult>
