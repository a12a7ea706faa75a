import { string } from '@oclif/core/args'
import { boolean, option, string as text } from '@oclif/core/flags'
import {
  acceptClock,
  acceptUnknownHolds,
  all,
  lab,
  notify,
  reason,
  recentWindow,
  trustState,
  wait,
  yes,
} from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Restore extends Verb {
  static override summary = 'Restore what a run changed, and nothing else.'
  static override description =
    'Decides setting by setting: one that reads as the run left it is restored, one that was off before stays off, and one that somebody changed since ' +
    '(drift) is shown and left alone unless you choose. Sessions and tokens from before the containment stay denied until they have ' +
    'expired: the restore steps down to a deny of those alone, and a second restore removes it at that time. ' +
    'Where a cloud cannot step down, the restore is refused until then; in the lab the clock moves to that time instead.'
  static override examples = [
    '<%= config.bin %> restore 7f3k --lab --dry-run',
    '<%= config.bin %> restore --identity user/ci-deploy --reason "false alarm"',
    '<%= config.bin %> restore 7f3k --only ci-deploy --reason "key rotated"',
    '<%= config.bin %> restore 7f3k --only "ci-deploy inline/backup"',
    '<%= config.bin %> restore 7f3k --give-back aws:111122223333:access-key/AKIAIOSFODNN7EXAMPLE --reason "false alarm"',
    '<%= config.bin %> restore 7f3k --rotate --into aws-secretsmanager:ci/deploy-key',
  ]
  static override args = { run: string({ description: 'id of a run, or the beginning of it' }) }
  static override flags = {
    lab,
    identity: text({
      summary:
        'in place of a run: this identity with its credentials, from the open run that holds it; kind/name, name, id, ARN or e-mail',
      helpValue: 'IDENTITY',
      exclusive: ['only'],
    }),
    only: text({
      summary:
        'only this: name or id of an identity, an interruption, or a setting ("ci-deploy inline/backup"); may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
    drift: option({
      options: ['skip', 'use-live', 'force'] as const,
      summary:
        'where somebody changed a setting since: skip writes nothing and keeps the hold, use-live keeps the value of now and ends the hold, force writes the value of before',
    })(),
    'step-down': boolean({
      summary:
        'restore now, and deny sessions issued before now until they have expired (the default); --no-step-down refuses until then',
      allowNo: true,
    }),
    'accept-live-tokens': boolean({
      summary: 'restore now, although what was issued before the containment works again; needs --reason',
      dependsOn: ['reason'],
      exclusive: ['step-down'],
    }),
    'give-back': text({
      summary: 'switch this credential on again, although it leaked: its id; needs --reason',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['reason'],
      helpValue: 'ID',
    }),
    'include-recent': boolean({
      summary: 'restore settings that were added shortly before the run, too',
    }),
    'recent-window': recentWindow,
    log: text({
      summary:
        'records of CloudTrail or Cloud Audit Logs that say who gave what before the run; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
    }),
    leave: text({
      summary: 'leave this as it is now and end the hold on it; named as for --only; needs --reason',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['reason'],
      helpValue: 'NAME',
    }),
    'keep-clock': boolean({ summary: "leave the lab's clock alone", dependsOn: ['lab'] }),
    'dry-run': boolean({ summary: 'show the restore and make no write call at all' }),
    rotate: boolean({
      summary: 'replace the disabled credentials, and restore access with the new ones only',
      dependsOn: ['into'],
    }),
    into: text({
      summary: 'where the new credentials go; see rotate',
      dependsOn: ['rotate'],
      helpValue: 'DESTINATION',
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
    notify,
    yes,
    wait,
    all,
    ...trustState,
    ...acceptClock,
    ...acceptUnknownHolds,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore)
    const { runToRestore } = await import('../cli/run-choice.ts')
    const { run, only } = await runToRestore(args.run, flags)
    const request = {
      ...flags,
      only: [...only, ...(flags.only ?? [])],
      stepDown: flags['step-down'] ?? true,
      giveBack: flags['give-back'] ?? [],
      leave: flags.leave ?? [],
      log: flags.log ?? [],
      includeRecent: flags['include-recent'],
      recentWindow: flags['recent-window'],
      acceptLiveTokens: flags['accept-live-tokens'],
      keepClock: flags['keep-clock'],
      dryRun: flags['dry-run'],
    }
    const { into } = flags
    if (!flags.rotate || into === undefined) {
      const { restoreRun } = await import('../cli/restoration.ts')
      return await restoreRun(run, request)
    }
    const { rotateRun } = await import('../cli/rotation.ts')
    const removal = flags['delete-first'] ? 'first' : flags['delete-old'] ? 'after' : 'never'
    await rotateRun(run, { ...request, into, removal, restore: request })
  }
}
