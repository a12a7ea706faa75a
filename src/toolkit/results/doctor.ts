import { z } from 'zod'
import { FaultResult } from './fault.ts'
import { Count, type Printed, RunId, Time } from './values.ts'

const Capability = z
  .strictObject({
    answer: z
      .enum(['can', 'partly', 'unavailable', 'unknown', 'cannot'])
      .describe(
        '`partly`: for some identities or in some places only. `unavailable`: no permission is the reason, e.g. a licence. `unknown`: the cloud does not say.',
      ),
    missing: z
      .array(
        z.strictObject({
          permission: z.string().describe('The permission, as the cloud names it.'),
          when: z.string().optional().describe('When it is called. Absent if it is called every time.'),
          where: z
            .string()
            .optional()
            .describe('Where it is missing. Absent if it is missing in the whole account.'),
        }),
      )
      .optional()
      .describe('Permissions that are missing. Absent without any.'),
    why: z
      .array(z.string())
      .optional()
      .describe(
        'Reasons of `unavailable` and `unknown`; with `can`, notes on another way that is taken. Absent without any.',
      ),
  })
  .meta({ id: 'Capability', description: 'Whether the credentials are enough for one stage.' })

const Account = z
  .strictObject({
    cloud: z.string().describe('`aws`, `gcp` or `azure`.'),
    title: z.string().describe('The cloud, for people.'),
    account: z.string().describe('The account.'),
    alias: z.string().optional().describe('Name of the account. Absent if it has none.'),
    caller: z.string().optional().describe('As whom interdict is signed in. Absent if it is not.'),
    endpoint: z.string().optional().describe('Where the calls go. Absent for the endpoint of the cloud.'),
    warnings: z.array(z.string()).describe('Remarks for people about the session.'),
    advice: z.array(z.string()).optional().describe('Steps to take before an incident. Absent without any.'),
    clockOffset: z
      .int()
      .optional()
      .describe(
        'Seconds by which the clock of the cloud is ahead of this machine. Absent if the cloud did not answer.',
      ),
    kinds: z
      .array(
        z.strictObject({
          kind: z.string().describe('Kind of identity.'),
          fault: FaultResult.optional().describe('Why it cannot be read. Absent if it can.'),
        }),
      )
      .describe('Kinds of identity, each read once.'),
    capabilities: z
      .array(
        z.strictObject({
          interruption: z.string().describe('Id of the interruption.'),
          contain: Capability.describe('To plan and contain.'),
          prove: Capability.describe('To read back, and to ask the evaluation of the cloud if it has one.'),
          restore: Capability.describe('To restore.'),
        }),
      )
      .optional()
      .describe(
        'Stages of each interruption, or of those of the playbook. Absent if the cloud has no way to say.',
      ),
    basis: z
      .string()
      .optional()
      .describe('The basis of `capabilities`, and its limits. Absent without them.'),
    guard: z
      .strictObject({
        ready: z.boolean().describe('A guard policy is attached.'),
        possible: z
          .literal(false)
          .optional()
          .describe('`--prepare-guard` could not attach one. Absent if it could.'),
        text: z.string().describe('The finding, for people.'),
        as: z
          .string()
          .optional()
          .describe('As whom it is written. Absent if that identity cannot be signed in as.'),
      })
      .optional()
      .describe('The deny above the account. Absent if the cloud has none.'),
    fault: FaultResult.optional().describe('Why the account was not reached. Absent if it was.'),
  })
  .meta({ id: 'DiagnosedAccount', description: 'One account, and what the credentials can do in it.' })

/** Printed by `doctor`. */
export const DoctorResult = z
  .strictObject({
    tool: z.string().describe('Name and version of interdict.'),
    node: z.string().describe('Version of Node.js.'),
    clock: z
      .strictObject({
        here: Time.describe('The clock of this machine.'),
        lab: Time.optional().describe('The clock of the lab. Absent without `--lab`.'),
      })
      .describe('Clocks.'),
    state: z
      .strictObject({
        state: z.string().describe('The state folder.'),
        config: z.string().describe('The folder of the keys.'),
        writable: z.boolean().describe('Whether the state folder can be written to, or made.'),
        runs: Count.describe('Runs in it.'),
        damaged: z
          .array(z.strictObject({ run: RunId, message: z.string().describe('Why.') }))
          .describe('Runs whose journal cannot be read or believed.'),
        loose: z
          .array(
            z.strictObject({
              path: z.string().describe('The file or folder.'),
              mode: z.string().describe('Its mode, in octal.'),
              fix: z.string().describe('A command that closes it.'),
            }),
          )
          .describe('Files that other users can read or write.'),
        strange: z
          .string()
          .optional()
          .describe('Why this machine does not know the state folder. Absent if it does.'),
      })
      .describe('The state folder.'),
    accounts: z.array(Account).describe('An entry for each account.'),
    prepare: z
      .string()
      .optional()
      .describe('A command that attaches guard policies. Absent if there is nothing to attach.'),
    notSetUp: z
      .array(z.string())
      .describe('Clouds for which this machine has no credentials; they were not asked.'),
  })
  .meta({
    id: 'Doctor',
    description:
      'The setup, and the abilities of the credentials: `doctor`. The exit code is 4 if an answer is `partly`, `cannot` or `unknown`, and with `--playbook` if one is `unavailable`.',
  })

export type DoctorResult = Printed<typeof DoctorResult>
