import { string } from '@oclif/core/args'
import { integer } from '@oclif/core/flags'
import { all, duration, lab, notify } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Guard extends Verb {
  static override summary =
    'Keep what a run stopped: read it again and again, and write again each setting that somebody undoes.'
  static override description =
    'Ends when the time is over and the clouds enforce everything, when the run is restored, or at the limit. It takes the ' +
    'state folder only to write, so that a restore can run meanwhile; a restored setting is not written again. ' +
    'Ctrl-C ends it and leaves the run as it is.'
  static override examples = [
    '<%= config.bin %> guard 7f3k2m --lab',
    '<%= config.bin %> guard 7f3k2m --for 15m --notify slack:SLACK_URL',
  ]
  static override args = {
    run: string({ description: 'id of a run, or the beginning of it', required: true }),
  }
  static override flags = {
    for: duration({ summary: 'how long at least (default: until the clouds enforce what was written)' }),
    limit: integer({
      summary: 'counter-moves after which it gives up, and the run is contested',
      default: 200,
      min: 1,
    }),
    notify,
    lab,
    all,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Guard)
    const [{ guardRun }, { runNamed }] = await Promise.all([
      import('../cli/guarding.ts'),
      import('../cli/run-choice.ts'),
    ])
    await guardRun(await runNamed(args.run, flags), flags)
  }
}
