import { boolean, string } from '@oclif/core/flags'
import { yes } from '../../wiring/flags.ts'
import { Verb } from '../../wiring/verb.ts'

export default class GateUninstall extends Verb {
  static override summary = "Take interdict-gate out of an AI harness's settings again."
  static override description =
    'To the byte, where nobody wrote to the settings since; else only our entries go.'
  static override examples = ['<%= config.bin %> gate uninstall --harness claude']
  static override flags = {
    harness: string({
      summary: 'whose settings',
      options: ['claude', 'codex', 'cursor', 'gemini'],
      required: true,
    }),
    project: boolean({ summary: 'of the project in this folder, not of everything of yours' }),
    yes,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GateUninstall)
    const { uninstallGate } = await import('../../wiring/gate-install.ts')
    await uninstallGate(flags)
  }
}
