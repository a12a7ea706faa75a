import { string } from '@oclif/core/args'
import { all } from '../wiring/flags.ts'
import { Verb } from '../wiring/verb.ts'

export default class Status extends Verb {
  static override summary = 'Show all runs, or one: what is held, proven, drifted, and due. Asks no cloud.'
  static override description =
    'Everything comes from the journals. `interdict verify` looks at the clouds again.'
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status 7f3k --json']
  static override args = { run: string({ description: 'id of a run' }) }
  static override flags = { all }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status)
    const { showRun, showRuns } = await import('../wiring/status.ts')
    if (args.run === undefined) await showRuns(flags)
    else await showRun(args.run, flags)
  }
}
