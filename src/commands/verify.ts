import { string } from '@oclif/core/args'
import { all, lab, trustState, wait } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Verify extends Verb {
  static override summary = 'Look again now: is everything still set and denied, and did credentials appear?'
  static override description =
    'Reads the clouds and records the result in the journal. Exit 6 when something drifted.'
  static override examples = [
    '<%= config.bin %> verify 7f3k2m',
    '<%= config.bin %> verify 7f3k2m --lab --json',
  ]
  static override args = {
    run: string({ description: 'id of a run, or the beginning of it', required: true }),
  }
  static override flags = { lab, wait, all, ...trustState }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Verify)
    const [{ verifyRun }, { runNamed }] = await Promise.all([
      import('../cli/verify-and-resume.ts'),
      import('../cli/run-choice.ts'),
    ])
    await verifyRun(await runNamed(args.run, flags), flags)
  }
}
