import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { Verb } from '../wiring/verb.ts'

export default class Permissions extends Verb {
  static override summary =
    'Print the least-privilege policies that a playbook needs, for contain and for restore.'
  static override description = 'Made from the interruptions that the playbook can come to. Signs in nowhere.'
  static override examples = [
    '<%= config.bin %> permissions leaked-access-key',
    '<%= config.bin %> permissions third-party-stop --for restore --json',
    '<%= config.bin %> permissions leaked-access-key --for rotate',
  ]
  static override args = {
    playbook: string({ description: 'a file, or the name of a shipped playbook', required: true }),
  }
  static override flags = {
    for: option({
      options: ['contain', 'restore', 'rotate', 'both'] as const,
      summary: 'for which; both are contain and restore',
      default: 'both' as const,
    })(),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Permissions)
    const { showPermissions } = await import('../wiring/permissions.ts')
    await showPermissions({ ...flags, playbook: args.playbook })
  }
}
