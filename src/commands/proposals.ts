import { boolean, string as text } from '@oclif/core/flags'
import { reason } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Proposals extends Verb {
  static override summary = 'List the plans that a watch has made and that wait for a person.'
  static override description =
    'Asks no cloud. `interdict contain ID` shows one again as of now, asks, and carries it out; --dismiss decides against one, and records who did and why. ' +
    'Exit 5 when the file of a proposal is not believed.'
  static override examples = [
    '<%= config.bin %> proposals',
    '<%= config.bin %> proposals --all --json',
    '<%= config.bin %> proposals --dismiss 7f3k2m --reason "the key was rotated yesterday"',
  ]
  static override flags = {
    all: boolean({ summary: 'list those that were carried out or dismissed, too' }),
    dismiss: text({
      summary: 'decide against this one: its id, or the beginning of it; needs --reason',
      helpValue: 'ID',
      dependsOn: ['reason'],
      exclusive: ['all'],
    }),
    reason,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Proposals)
    const { dismiss, showProposals } = await import('../cli/proposals.ts')
    if (flags.dismiss === undefined) return await showProposals(flags)
    await dismiss(flags.dismiss, flags.reason ?? '', flags)
  }
}
