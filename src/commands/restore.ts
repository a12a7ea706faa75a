import { string } from '@oclif/core/args'
import { boolean, string as text } from '@oclif/core/flags'
import {
  acceptClock,
  acceptUnknownHolds,
  all,
  approvalFlags,
  includeProtected,
  lab,
  notify,
  reason,
  trustState,
  wait,
  yes,
} from '../cli/flags.ts'
import { restoreChoiceFlags, restoreChoices } from '../cli/restore-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Restore extends Verb {
  static override summary = 'Restore what a run changed, and nothing else.'
  static override description =
    'Decides setting by setting: one that reads as the run left it is restored, one that was off before stays off, and one that somebody changed since ' +
    '(drift) is shown and left alone unless you choose. Sessions and tokens from before the containment stay denied until they have ' +
    'expired: the restore steps down to a deny of those alone, and a second restore removes it at that time. ' +
    'Where a cloud cannot step down, the restore is refused until then; in the lab the clock moves to that time instead.'
  static override examples = [
    '<%= config.bin %> restore 7f3k2m --lab --dry-run',
    '<%= config.bin %> restore --identity user/ci-deploy --reason "false alarm"',
    '<%= config.bin %> restore 7f3k2m --only ci-deploy --reason "key rotated"',
    '<%= config.bin %> restore 7f3k2m --only "ci-deploy inline/backup"',
    '<%= config.bin %> restore 7f3k2m --give-back aws:111122223333:access-key/AKIAIOSFODNN7EXAMPLE --reason "false alarm"',
    '<%= config.bin %> restore 7f3k2m --rotate --into aws-secretsmanager:ci/deploy-key',
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
    ...restoreChoiceFlags(['reason']),
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
    'include-protected': text({
      ...includeProtected,
      summary:
        'rotate the credential of this identity, or of all, although a protection of interdict.yaml counts for it; needs --reason',
      dependsOn: ['rotate', 'reason'],
    }),
    reason,
    notify,
    yes,
    wait,
    all,
    ...trustState,
    ...acceptClock,
    ...approvalFlags,
    ...acceptUnknownHolds,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore)
    const { runToRestore } = await import('../cli/run-choice.ts')
    const { run, only } = await runToRestore(args.run, flags)
    const request = {
      ...flags,
      only: [...only, ...(flags.only ?? [])],
      ...restoreChoices(flags),
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
    const included = flags['include-protected']
    await rotateRun(run, { ...request, into, removal, includeProtected: included, restore: request })
  }
}
