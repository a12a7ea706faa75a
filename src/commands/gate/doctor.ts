import { string } from '@oclif/core/flags'
import { Verb } from '../../cli/verb.ts'
import { HARNESSES } from '../../gate/call.ts'

export default class GateDoctor extends Verb {
  static override summary = 'Is interdict-gate called in this folder, and what switches it off?'
  static override description =
    "Reads the settings of each harness (the machine's, yours, the project's) and asks Codex whether it trusts the hook. " +
    'Exit 4 when the gate is installed and a tool would run without it, or when it is not installed for the harness named.'
  static override examples = [
    '<%= config.bin %> gate doctor',
    '<%= config.bin %> gate doctor --harness codex --json',
  ]
  static override flags = {
    harness: string({ summary: 'only this one, and it has to be installed', options: [...HARNESSES] }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GateDoctor)
    const { gateDoctor } = await import('../../cli/gate-doctor.ts')
    await gateDoctor(flags)
  }
}
