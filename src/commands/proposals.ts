import { all } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Proposals extends Verb {
  static override summary = 'List the plans that a watch has made and that wait for a person.'
  static override description =
    'Asks no cloud. `interdict contain ID` shows one again as of now, asks, and carries it out. Exit 5 when the file of a proposal is not believed.'
  static override examples = ['<%= config.bin %> proposals', '<%= config.bin %> proposals --all --json']
  static override flags = { all }

  async run(): Promise<void> {
    const { flags } = await this.parse(Proposals)
    const { showProposals } = await import('../cli/proposals.ts')
    await showProposals(flags)
  }
}
