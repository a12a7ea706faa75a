import { string } from '@oclif/core/args'
import { boolean, option, string as text } from '@oclif/core/flags'
import { acceptClock, acceptUnknownHolds, all, lab, reason, trustState, wait, yes } from '../wiring/flags.ts'
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
    '<%= config.bin %> restore 7f3k --rotate --into aws-secretsmanager:ci/deploy-key',
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
    rotate: boolean({
      summary: 'make new credentials for those that were switched off, and put back access with these only',
      dependsOn: ['into'],
    }),
    into: text({
      summary: 'where the new credentials go; see rotate',
      dependsOn: ['rotate'],
      helpValue: 'SINK',
    }),
    'delete-old': boolean({
      summary: 'delete the old credentials once the new ones work',
      dependsOn: ['rotate'],
    }),
    'delete-first': boolean({
      summary: 'where there is no room for a new credential, delete the old one before',
      dependsOn: ['rotate'],
      exclusive: ['delete-old'],
    }),
    reason,
    yes,
    wait,
    all,
    ...trustState,
    ...acceptClock,
    ...acceptUnknownHolds,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore)
    const { restoreRun, restoreWithNew } = await import('../wiring/restoration.ts')
    const request = {
      ...flags,
      only: flags.only ?? [],
      stepDown: flags['step-down'],
      acceptLiveTokens: flags['accept-live-tokens'],
      keepClock: flags['keep-clock'],
      dryRun: flags['dry-run'],
    }
    const { into } = flags
    if (!flags.rotate || into === undefined) return await restoreRun(args.run, request)
    const removal = flags['delete-first'] ? 'first' : flags['delete-old'] ? 'after' : 'never'
    await restoreWithNew(args.run, { ...request, into, removal })
  }
}
