import { string } from '@oclif/core/args'
import {
  acceptClock,
  acceptUnknownHolds,
  all,
  lab,
  notify,
  noWait,
  reason,
  trustState,
  wait,
} from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Resume extends Verb {
  static override summary = 'Finish what a crash, a Ctrl-C or an unreachable account left.'
  static override description =
    'Continues from the journal: the restore if one was under way, else the containment.'
  static override examples = ['<%= config.bin %> resume 7f3k2m', '<%= config.bin %> resume 7f3k2m --lab']
  static override args = {
    run: string({ description: 'id of a run, or the beginning of it', required: true }),
  }
  static override flags = {
    lab,
    reason,
    notify,
    wait,
    all,
    'no-wait': noWait,
    ...trustState,
    ...acceptClock,
    ...acceptUnknownHolds,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume)
    const [{ resumeRun }, { runNamed }] = await Promise.all([
      import('../cli/verify-and-resume.ts'),
      import('../cli/run-choice.ts'),
    ])
    await resumeRun(await runNamed(args.run, flags), { ...flags, noWait: flags['no-wait'] })
  }
}
