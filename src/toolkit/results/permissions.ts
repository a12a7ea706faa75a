import { z } from 'zod'
import { named, optional, text } from './shapes.ts'
import { JsonValue, type Printed } from './values.ts'

const policies = {
  contain: optional('To plan and contain. Absent if it was not asked for.', JsonValue),
  restore: optional('To restore. Absent if it was not asked for.', JsonValue),
  rotate: optional('To rotate. Absent unless it was asked for.', JsonValue),
}

/** Printed by `permissions`. */
export const PermissionsResult = named(
  'Permissions',
  'The permissions that a playbook needs: `permissions`.',
  {
    playbook: text('Name of the playbook.'),
    clouds: z
      .record(
        z.string(),
        named(
          'CloudPolicies',
          'Policies in the form of the cloud, which grant the calls of the playbook and no others.',
          {
            ...policies,
            member: optional('The role in the other accounts. Absent if the scope has none.', {
              ...policies,
              role: text('Name of the role.'),
              trust: JsonValue.describe('Trust policy of the role.'),
            }),
            guard: optional(
              'For the identity that writes the deny above an account. Absent if the playbook writes none.',
              JsonValue,
            ),
          },
        ),
      )
      .describe('By cloud of the scope.'),
  },
)

export type PermissionsResult = Printed<typeof PermissionsResult>
