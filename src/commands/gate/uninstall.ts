import { boolean, string } from '@oclif/core/flags'
import { yes } from '../../cli/flags.ts'
import { Verb } from '../../cli/verb.ts'
import { HARNESSES } from '../../gate/call.ts'

export default class GateUninstall extends Verb {
  static override summary = "Take interdict-gate out of an AI harness's settings again."
  static override description =
    'Restores the settings to the byte if nobody wrote to them since; otherwise removes our entries alone.'
  static override examples = ['<%= config.bin %> gate uninstall --harness claude']
  static override flags = {
    harness: string({
      summary: 'whose settings',
      options: [...HARNESSES],
      required: true,
    }),
    project: boolean({ summary: 'of the project in this folder, not of everything of yours' }),
    system: boolean({
      summary: "of the harness's machine-wide settings, which no project's file switches off (root)",
      exclusive: ['project'],
    }),
    root: string({
      summary: 'with --system: the folder in which the machine is, as when an image is made',
      helpValue: 'DIR',
    }),
    yes,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GateUninstall)
    const { uninstallGate } = await import('../../cli/gate-install.ts')
    await uninstallGate(flags)
  }
}
