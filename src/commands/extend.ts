import { string } from '@oclif/core/args'
import { string as text } from '@oclif/core/flags'
import { duration, trustState, wait } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Extend extends Verb {
  static override summary = 'Put the review of a run off.'
  static override description =
    'Records who did and why, and asks no cloud. The run keeps what it holds until somebody restores it.'
  static override examples = ['<%= config.bin %> extend 7f3k2m --by 4h --reason IR-2291']
  static override args = {
    run: string({ description: 'id of a run, or the beginning of it', required: true }),
  }
  static override flags = {
    by: duration({ summary: 'how much later; from now, if the review is overdue', required: true }),
    reason: text({ summary: 'why; kept in the journal', helpValue: 'TEXT', required: true }),
    wait,
    ...trustState,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Extend)
    const [{ extendRun }, { runNamed }] = await Promise.all([
      import('../cli/extension.ts'),
      import('../cli/run-choice.ts'),
    ])
    await extendRun(await runNamed(args.run, flags), flags)
  }
}
