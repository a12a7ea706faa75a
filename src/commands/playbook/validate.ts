import { string } from '@oclif/core/args'
import { Verb } from '../../cli/verb.ts'

export default class PlaybookValidate extends Verb {
  static override configured = false
  static override summary = 'Check playbooks; every problem with its line and column.'
  static override description = 'Exit 2 when one of them has an error. Warnings are shown and do not count.'
  static override examples = [
    '<%= config.bin %> playbook validate stop.yaml',
    '<%= config.bin %> playbook validate playbooks/*.yaml',
  ]
  static override strict = false
  static override args = {
    playbook: string({ description: 'files, or names of shipped playbooks', required: true }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PlaybookValidate)
    const { validatePlaybooks } = await import('../../cli/playbook-files.ts')
    await validatePlaybooks(argv.map(String), flags)
  }
}
