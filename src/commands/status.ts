import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { all } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Status extends Verb {
  static override summary = 'Show all runs, or one: what is held, proven, drifted, and due. Asks no cloud.'
  static override description =
    'Everything comes from the journals. `interdict verify` reads the clouds again.'
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --due',
    '<%= config.bin %> status 7f3k --json',
  ]
  static override args = { run: string({ description: 'id of a run' }) }
  static override flags = {
    all,
    due: boolean({
      summary: 'only what is to be done, by when, with the command: reviews and second restores',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status)
    const { showDue, showRun, showRuns } = await import('../cli/status.ts')
    if (flags.due) await showDue(flags, args.run)
    else if (args.run === undefined) await showRuns(flags)
    else await showRun(args.run, flags)
  }
}
