import { duration, notify } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class DueCommand extends Verb {
  static override summary =
    'List the reviews, second restores and spent policies that are due, for a scheduler: exit 8 if there are any.'
  static override description =
    'Asks no cloud. With --notify, or `notify` of interdict.yaml, it notifies of each; every message keeps its id, so that a receiver can drop repetitions. `interdict status --due` lists what is due later, too.'
  static override examples = [
    '<%= config.bin %> due',
    '<%= config.bin %> due --within 4h --notify slack:SLACK_URL',
  ]
  static override flags = {
    within: duration({ summary: 'also what will be due this soon' }),
    notify,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(DueCommand)
    const { showDueNow } = await import('../cli/due.ts')
    await showDueNow(flags)
  }
}
