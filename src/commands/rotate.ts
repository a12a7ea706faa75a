import { string } from '@oclif/core/args'
import { boolean, string as text } from '@oclif/core/flags'
import {
  acceptClock,
  acceptUnknownHolds,
  all,
  approvalFlags,
  includeProtected,
  lab,
  reason,
  trustState,
  wait,
  yes,
} from '../cli/flags.ts'
import { destinationHelp } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Rotate extends Verb {
  static override summary = 'Replace credentials that a run switched off; the old ones stay off for good.'
  static override description =
    'A new credential goes straight to the destination that --into names, is read back from there and tried. It is never shown. ' +
    'Its owner stays contained until it is restored; `interdict restore RUN --rotate` does both.'
  static override examples = [
    '<%= config.bin %> rotate 7f3k2m --lab --into file:new-key.json --dry-run',
    '<%= config.bin %> rotate 7f3k2m --into aws-secretsmanager:ci/deploy-key --reason "leaked"',
    '<%= config.bin %> rotate 7f3k2m --only ci-deploy --into file:/run/keys/{owner}.json --dry-run',
  ]
  static override args = {
    run: string({ description: 'id of a run, or the beginning of it', required: true }),
  }
  static override flags = {
    lab,
    only: text({
      summary: 'only this: name or id of a credential or of its owner; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
    into: text({
      summary: `where the new credential goes: ${destinationHelp} or file:PATH; {owner} and {old} stand for names`,
      required: true,
      helpValue: 'DESTINATION',
    }),
    'delete-old': boolean({ summary: 'delete the old credential once the new one works' }),
    'delete-first': boolean({
      summary: 'where there is no room for a new one, delete the old one before',
      exclusive: ['delete-old'],
    }),
    'include-protected': text({
      ...includeProtected,
      summary: `${includeProtected.summary}; needs --reason`,
      dependsOn: ['reason'],
    }),
    'dry-run': boolean({ summary: 'show the rotation and make no write call at all' }),
    reason,
    yes,
    wait,
    all,
    ...trustState,
    ...acceptClock,
    ...approvalFlags,
    ...acceptUnknownHolds,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Rotate)
    const [{ rotateRun }, { runNamed }] = await Promise.all([
      import('../cli/rotation.ts'),
      import('../cli/run-choice.ts'),
    ])
    await rotateRun(await runNamed(args.run, flags), {
      ...flags,
      only: flags.only ?? [],
      removal: flags['delete-first'] ? 'first' : flags['delete-old'] ? 'after' : 'never',
      includeProtected: flags['include-protected'],
      dryRun: flags['dry-run'],
    })
  }
}
