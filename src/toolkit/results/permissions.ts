import { z } from 'zod'
import { JsonValue, type Printed } from './values.ts'

const policies = {
  contain: JsonValue.optional().describe('To plan and contain. Absent if it was not asked for.'),
  restore: JsonValue.optional().describe('To restore. Absent if it was not asked for.'),
  rotate: JsonValue.optional().describe('To rotate. Absent unless it was asked for.'),
}

/** Printed by `permissions`. */
export const PermissionsResult = z
  .strictObject({
    playbook: z.string().describe('Name of the playbook.'),
    clouds: z
      .record(
        z.string(),
        z
          .strictObject({
            ...policies,
            member: z
              .strictObject({
                ...policies,
                role: z.string().describe('Name of the role.'),
                trust: JsonValue.describe('Trust policy of the role.'),
              })
              .optional()
              .describe('The role in the other accounts. Absent if the scope has none.'),
            guard: JsonValue.optional().describe(
              'For the identity that writes the deny above an account. Absent if the playbook writes none.',
            ),
          })
          .meta({
            id: 'CloudPolicies',
            description:
              'Policies in the form of the cloud, which grant the calls of the playbook and no others.',
          }),
      )
      .describe('By cloud of the scope.'),
  })
  .meta({ id: 'Permissions', description: 'The permissions that a playbook needs: `permissions`.' })

export type PermissionsResult = Printed<typeof PermissionsResult>
