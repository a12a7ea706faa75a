import { clouds as known } from '../clouds/index.ts'
import type { Json } from '../model/json.ts'
import { type PermissionsRequest, permissionsOf } from '../toolkit/permissions.ts'
import type { PermissionsResult } from '../toolkit/results/permissions.ts'
import { jsonText } from '../ui/json.ts'
import { print } from './terminal.ts'

/** `permissions`: prints the policies that a playbook needs. */
export async function showPermissions(flags: PermissionsRequest & { json: boolean }): Promise<void> {
  const { playbook, clouds } = await permissionsOf({ clouds: known }, flags)
  if (flags.json) return await print(jsonText({ playbook, clouds } satisfies PermissionsResult))
  for (const [cloud, { member, guard, ...own }] of Object.entries(clouds)) {
    const say = (whose: string, policy: Json) => print(`# ${cloud}, ${whose}\n${jsonText(policy)}`)
    for (const [purpose, policy] of Object.entries(own)) {
      const at = member ? 'home account, for the identity that runs interdict, ' : ''
      await say(`${at}to ${purpose} with ${playbook}`, policy)
    }
    if (member) {
      const { role, trust, ...policies } = member
      for (const [purpose, policy] of Object.entries(policies)) {
        await say(`every other account, for the role ${role}, to ${purpose} with ${playbook}`, policy)
      }
      await say(`every other account, trust policy of the role ${role}`, trust)
    }
    if (guard === undefined) continue
    await say(
      `for the identity that writes guard policies (management account or delegated administrator), to use ${playbook}`,
      guard,
    )
  }
}
