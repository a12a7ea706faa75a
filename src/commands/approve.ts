import { string } from '@oclif/core/args'
import { boolean, string as text } from '@oclif/core/flags'
import { duration, lab, out, yes } from '../cli/flags.ts'
import { restoreChoiceFlags, restoreChoices } from '../cli/restore-flags.ts'
import { destinationHelp } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

/** Seconds until an approval ends. */
const HOUR = 3600

export default class Approve extends Verb {
  static override summary = 'Sign what another person is about to do: a plan, a restore, a rotation.'
  static override description =
    'Shows it as it would be carried out now, and signs the list of its decisions with an SSH key. It counts once, for this and nothing else; ' +
    'a setting that drifts afterwards voids it. Who may approve stands in `allowed_signers` beside the keys, how many are needed in ' +
    '`approvals` of interdict.yaml or of the playbook.'
  static override examples = [
    '<%= config.bin %> approve plan.json --digest sha256:… --key ~/.ssh/id_ed25519 --out plan.approval',
    '<%= config.bin %> approve 7f3k2m --key ~/.ssh/id_ed25519',
    '<%= config.bin %> approve 7f3k2m --key id_ed25519 --lab',
    '<%= config.bin %> approve 7f3k2m --rotate --into aws-secretsmanager:ci/deploy-key --key ~/.ssh/id_ed25519',
  ]
  static override args = {
    subject: string({
      description: 'a plan.json, the id of a proposal, or the id of a run whose restore is approved',
      required: true,
    }),
  }
  static override flags = {
    lab,
    key: text({
      summary: 'private SSH key of the approver, or the public one of a key in an agent or on a device',
      required: true,
      helpValue: 'FILE',
    }),
    as: text({
      summary: 'who approves, where the list of signers has several people for the key',
      helpValue: 'PRINCIPAL',
    }),
    lasts: duration({ summary: 'until it ends, at most 24h (default: 1h)' }),
    digest: text({
      summary: 'approve a plan.json only if it has this digest, as `plan --out` printed it',
      helpValue: 'sha256:…',
    }),
    out,
    ...restoreChoiceFlags([]),
    rotate: boolean({ summary: 'approve a rotation in place of a restore', dependsOn: ['into'] }),
    into: text({
      summary: `where the new credentials go: ${destinationHelp} or file:PATH`,
      dependsOn: ['rotate'],
      helpValue: 'DESTINATION',
    }),
    'delete-old': boolean({ summary: 'the rotation deletes the old credentials', dependsOn: ['rotate'] }),
    'delete-first': boolean({
      summary: 'the rotation deletes an old credential before, where there is no room',
      dependsOn: ['rotate'],
      exclusive: ['delete-old'],
    }),
    'no-restore': boolean({
      summary: 'the rotation restores nothing afterwards, as `interdict rotate`',
      dependsOn: ['rotate'],
    }),
    yes,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Approve)
    const { approveAct } = await import('../cli/approval.ts')
    const { into } = flags
    const removal = flags['delete-first'] ? 'first' : flags['delete-old'] ? 'after' : 'never'
    await approveAct({
      ...flags,
      subject: args.subject,
      principal: flags.as,
      lasts: flags.lasts ?? HOUR,
      only: flags.only ?? [],
      choices: restoreChoices(flags),
      ...(flags.rotate && into !== undefined
        ? { rotation: { into, removal, restores: !flags['no-restore'] } }
        : {}),
    })
  }
}
