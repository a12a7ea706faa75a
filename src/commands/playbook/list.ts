import { Verb } from '../../cli/verb.ts'

export default class PlaybookList extends Verb {
  static override configured = false
  static override summary = 'List the playbooks that come with interdict.'
  static override examples = ['<%= config.bin %> playbook list']

  async run(): Promise<void> {
    const { flags } = await this.parse(PlaybookList)
    const { listPlaybooks } = await import('../../cli/playbook-files.ts')
    await listPlaybooks(flags)
  }
}
