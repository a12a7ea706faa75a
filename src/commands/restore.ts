import { string } from '@oclif/core/args'
import { boolean, option, string as text } from '@oclif/core/flags'
import { all, lab, reason, wait, yes } from '../wiring/flags.ts'
import { Verb } from '../wiring/verb.ts'

export default class Restore extends Verb {
  static override summary = 'Put back what a run changed, and nothing else.'
  static override description =
    'Decided entry by entry: what reads as we left it goes back, what was off before stays off, and what somebody changed since ' +
    '(drift) is shown and left alone unless you choose. Refused while something issued before the cut would work again. ' +
    'In the lab the clock is first moved past that time: the day after.'
  static override examples = [
    '<%= config.bin %> restore 7f3k --dry-run',
    '<%= config.bin %> restore 7f3k --only ci-deploy --reason "key rotated"',
    '<%= config.bin %> restore 7f3k --step-down',
  ]
  static override args = { run: string({ description: 'id of a run', required: true }) }
  static override flags = {
    lab,
    only: text({
      summary: 'only this: name or id of an identity, or an interruption; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
    drift: option({
      options: ['skip', 'use-live', 'force'] as const,
      summary: 'drift: leave it alone, take live as the truth, or force back what was before',
    })(),
    'step-down': boolean({
      summary: 'restore now, denying until the horizon only what was issued before now',
    }),
    'accept-live-tokens': boolean({
      summary: 'restore now, although what was issued before the cut works again; needs --reason',
      dependsOn: ['reason'],
      exclusive: ['step-down'],
    }),
    'keep-clock': boolean({ summary: "leave the lab's clock alone", dependsOn: ['lab'] }),
    'dry-run': boolean({ summary: 'show it and make no write call at all' }),
    reason,
    yes,
    wait,
    all,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore)
    const { restoreRun } = await import('../wiring/restoration.ts')
    await restoreRun(args.run, {
      ...flags,
      only: flags.only ?? [],
      stepDown: flags['step-down'],
      acceptLiveTokens: flags['accept-live-tokens'],
      keepClock: flags['keep-clock'],
      dryRun: flags['dry-run'],
    })
  }
}
