import { string } from '@oclif/core/args'
import { string as text } from '@oclif/core/flags'
import { Verb } from '../../cli/verb.ts'

export default class PlaybookNew extends Verb {
  static override configured = false
  static override summary = 'Write a new playbook, ready to be edited.'
  static override examples = [
    '<%= config.bin %> playbook new stop-batch-jobs',
    '<%= config.bin %> playbook new stop-batch-jobs --out -',
  ]
  static override args = {
    name: string({ description: 'lower-case words joined by hyphens', required: true }),
  }
  static override flags = {
    out: text({ summary: 'where to (default: NAME.yaml; - is stdout)', helpValue: 'FILE' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookNew)
    const { createPlaybook } = await import('../../cli/playbook-files.ts')
    await createPlaybook(args.name, flags)
  }
}
