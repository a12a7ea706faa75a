import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { acceptClock, acceptUnknownHolds, all, lab, reason, trustState, wait, yes } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Tidy extends Verb {
  static override summary =
    'Remove the policies of a run that has ended by itself, once they deny nothing any more.'
  static override description =
    'A playbook with `onExpiry: lapse` stops until the review date and no longer. Its policies stay, and count against the quotas of the ' +
    'cloud; sessions from before the end are denied by them until they have expired. Afterwards this removes them, as a restore does.'
  static override examples = [
    '<%= config.bin %> tidy 7f3k2m',
    '<%= config.bin %> tidy 7f3k2m --lab --dry-run',
  ]
  static override args = {
    run: string({ description: 'id of a run, or the beginning of it', required: true }),
  }
  static override flags = {
    lab,
    'dry-run': boolean({ summary: 'show what would be removed and make no write call at all' }),
    reason,
    yes,
    wait,
    all,
    ...trustState,
    ...acceptClock,
    ...acceptUnknownHolds,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tidy)
    const [{ restoreRun }, { runNamed }] = await Promise.all([
      import('../cli/restoration.ts'),
      import('../cli/run-choice.ts'),
    ])
    await restoreRun(await runNamed(args.run, flags), {
      ...flags,
      ...{ only: [], stepDown: true, acceptLiveTokens: false, keepClock: true, spent: true },
      dryRun: flags['dry-run'],
    })
  }
}
