import { string } from '@oclif/core/flags'
import { Verb } from '../../cli/verb.ts'
import { HARNESSES, isHarness } from '../../gate/call.ts'

export default class GatePolicy extends Verb {
  static override summary = 'Print a policy to begin with, with the names of the tools of a harness.'
  static override description =
    'Allows reading, asks for everything that writes or leaves the machine, and refuses the rest. Read it before you use it.'
  static override examples = ['<%= config.bin %> gate policy --harness claude > gate.yaml']
  static override flags = {
    harness: string({ summary: 'whose tools', options: [...HARNESSES], required: true }),
    agent: string({ summary: 'what the policy calls the agent (default: the harness)', helpValue: 'NAME' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GatePolicy)
    if (!isHarness(flags.harness)) return
    const { showStarterPolicy } = await import('../../cli/gate-policy.ts')
    await showStarterPolicy(flags.harness, flags.agent ?? flags.harness, flags.json === true)
  }
}
