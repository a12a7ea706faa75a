import { boolean, string } from '@oclif/core/flags'
import { yes } from '../../cli/flags.ts'
import { Verb } from '../../cli/verb.ts'
import { HARNESSES } from '../../gate/call.ts'

export default class GateInstall extends Verb {
  static override summary =
    "Put interdict-gate into an AI harness's settings, so that it judges every tool call."
  static override description =
    'Shows what changes and asks. A hook is a guard rail, not a security boundary: see docs/gate.md.'
  static override examples = [
    '<%= config.bin %> gate install --harness claude --policy gate.yaml --agent refunds',
    '<%= config.bin %> gate install --harness cursor --project --yes',
  ]
  static override flags = {
    harness: string({
      summary: 'whose settings',
      options: [...HARNESSES],
      required: true,
    }),
    agent: string({ summary: 'what the policy calls the agent (default: the harness)', helpValue: 'NAME' }),
    policy: string({
      summary: 'the policy (default: gate.yaml in the folder of the keys)',
      helpValue: 'FILE',
    }),
    'policy-engine': string({
      summary: 'ask Open Policy Agent or Cedar too: opa=URL or cedar=FILE (docs/gate.md)',
      helpValue: 'ENGINE',
    }),
    'policy-engine-ca': string({
      summary: 'authorities that the certificate of opa=https://… is checked with',
      helpValue: 'FILE',
      dependsOn: ['policy-engine'],
    }),
    'policy-engine-token': string({
      summary: 'file with the bearer token for opa=URL',
      helpValue: 'FILE',
      dependsOn: ['policy-engine'],
    }),
    project: boolean({ summary: 'for the project in this folder, not for everything of yours' }),
    system: boolean({
      summary:
        "for everybody, in the harness's machine-wide settings, which no project's file switches off (root)",
      exclusive: ['project'],
    }),
    root: string({
      summary: 'with --system: the folder in which the machine is, as when an image is made',
      helpValue: 'DIR',
    }),
    yes,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GateInstall)
    const { installGate } = await import('../../cli/gate-install.ts')
    await installGate(flags)
  }
}
