import { string } from '@oclif/core/args'
import { Verb } from '../../cli/verb.ts'

export default class PlaybookShow extends Verb {
  static override configured = false
  static override summary = 'Print a playbook: its YAML, or with --json what was read from it.'
  static override examples = ['<%= config.bin %> playbook show third-party-stop > mine.yaml']
  static override args = {
    playbook: string({ description: 'a file, or the name of a shipped playbook', required: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookShow)
    const { showPlaybook } = await import('../../cli/playbook-files.ts')
    await showPlaybook(args.playbook, flags)
  }
}
