import { string } from '@oclif/core/args'
import { option, string as text } from '@oclif/core/flags'
import { entryFlags } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Permissions extends Verb {
  static override configured = false
  static override summary =
    'Print the least-privilege policies that a playbook needs, for contain and for restore.'
  static override description =
    'Made from the interruptions that the playbook can use. Signs in to no cloud. For AWS accounts other than your own: what ' +
    'the identity that runs interdict needs at home, what the role needs in each of them, and the trust policy of that role.'
  static override examples = [
    '<%= config.bin %> permissions leaked-access-key',
    '<%= config.bin %> permissions third-party-stop --for restore --json',
    '<%= config.bin %> permissions leaked-access-key --for rotate',
    '<%= config.bin %> permissions leaked-access-key --account organization --role interdict-responder --principal arn:aws:iam::111122223333:role/responder',
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
    ...entryFlags,
    principal: text({
      summary: 'who runs interdict, for the trust policy of the role in other accounts',
      helpValue: 'ARN',
      helpGroup: 'AWS',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Permissions)
    const { showPermissions } = await import('../cli/permissions.ts')
    await showPermissions({ ...flags, playbook: args.playbook })
  }
}
