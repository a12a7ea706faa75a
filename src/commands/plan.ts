import { string } from '@oclif/core/args'
import { boolean, string as text } from '@oclif/core/flags'
import { acceptOneWay, all, cloud, includeProtected, input, lab, out } from '../cli/flags.ts'
import { scopeFlags } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Plan extends Verb {
  static override summary = 'Show exactly what a playbook would change. Reads only.'
  static override description =
    'The plan names every identity, every setting before and after, what each change leaves working, and who is spared and why. ' +
    'With --out it is written to a sealed file for `interdict contain`, which refuses it when the clouds no longer ' +
    'match. The printed digest pins the approved plan: `contain --digest`.'
  static override examples = [
    '<%= config.bin %> plan leaked-access-key --input key=AKIA…',
    '<%= config.bin %> plan third-party-stop --lab',
    '<%= config.bin %> plan third-party-stop --account organization --role interdict-responder',
    '<%= config.bin %> plan ./stop.yaml --out plan.json',
  ]
  static override args = {
    playbook: string({ description: 'a file, or the name of a shipped playbook', required: true }),
  }
  static override flags = {
    input,
    cloud,
    ...scopeFlags,
    lab,
    all,
    out,
    'accept-one-way': boolean(acceptOneWay),
    'include-protected': text(includeProtected),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Plan)
    const { showPlan } = await import('../cli/containment.ts')
    await showPlan({
      ...flags,
      subject: args.playbook,
      acceptOneWay: flags['accept-one-way'],
      includeProtected: flags['include-protected'],
    })
  }
}
