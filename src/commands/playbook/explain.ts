import { string } from '@oclif/core/args'
import { readingFlags } from '../../cli/flags.ts'
import { Verb } from '../../cli/verb.ts'

export default class PlaybookExplain extends Verb {
  static override summary = 'Print a log record as triggers see it, and which of their conditions are false.'
  static override description =
    'Reads a record in the cloud’s own format, in any wrapper that watch reads, and shows its events, each with every trigger: the conditions that hold, those that do not, and the values that they looked at. No cloud is asked. Exit 4 when the record holds no event.'
  static override examples = [
    '<%= config.bin %> playbook explain record.json leaked-access-key',
    'aws cloudtrail lookup-events --max-results 1 | <%= config.bin %> playbook explain -',
  ]
  static override strict = false
  static override args = {
    record: string({ description: 'a file with a record, or -', required: true }),
    playbook: string({ description: 'files, or names of shipped playbooks (default: all shipped ones)' }),
  }
  static override flags = readingFlags

  async run(): Promise<void> {
    const { argv, args, flags } = await this.parse(PlaybookExplain)
    const { explainRecord } = await import('../../cli/explain.ts')
    await explainRecord({ ...flags, record: args.record, playbooks: argv.map(String).slice(1) })
  }
}
