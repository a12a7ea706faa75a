import { string } from '@oclif/core/args'
import { option, string as text } from '@oclif/core/flags'
import { readingFlags } from '../../cli/flags.ts'
import { Verb } from '../../cli/verb.ts'

export default class PlaybookNew extends Verb {
  static override configured = false
  static override summary = 'Write a new playbook with a trigger and a test, ready to be edited.'
  static override description =
    'With --record, the trigger fires on that log record, and the record is its test; otherwise they are an example of the cloud. On a terminal it asks for what no flag says. The schema for editors, playbook.schema.json, is written beside it, so that the completion works for everybody who has the folder.'
  static override examples = [
    '<%= config.bin %> playbook new stop-batch-jobs',
    '<%= config.bin %> playbook new stop-batch-jobs --record records/batch.json',
    '<%= config.bin %> playbook new stop-batch-jobs --kind service-account --out -',
  ]
  static override args = {
    name: string({ description: 'lower-case words joined by hyphens', required: true }),
  }
  static override flags = {
    record: text({ summary: 'log record that has to start it', helpValue: 'FILE' }),
    kind: text({
      summary: 'kind of identity that it stops, such as role (default: that of the record)',
      helpValue: 'KIND',
    }),
    interrupt: text({
      summary: 'how it is stopped: a verb or the id of an interruption; repeat for several',
      helpValue: 'VERB',
      multiple: true,
    }),
    mode: option({
      summary: 'what the trigger does (default: propose)',
      options: ['propose', 'act'] as const,
    })(),
    out: text({ summary: 'where to (default: NAME.yaml; - is stdout)', helpValue: 'FILE' }),
    ...readingFlags,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookNew)
    const { createPlaybook } = await import('../../cli/new-playbook.ts')
    await createPlaybook({ name: args.name, ...flags })
  }
}
