import { string } from '@oclif/core/args'
import { input } from '../wiring/flags.ts'
import { Verb } from '../wiring/verb.ts'

export default class Drill extends Verb {
  static override summary =
    'Rehearse a playbook in the lab: a thief at work, contain, prove, restore, compare.'
  static override description =
    'Needs no cloud and touches none. Exit 0 only when the thief was stopped, nobody else was hurt and the estate is identical.'
  static override examples = ['<%= config.bin %> drill', '<%= config.bin %> drill third-party-stop --json']
  static override args = {
    playbook: string({
      description: 'a file, or the name of a shipped playbook',
      default: 'leaked-access-key',
    }),
  }
  static override flags = { input }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Drill)
    const { drill } = await import('../wiring/drill.ts')
    await drill({ ...flags, playbook: args.playbook, tool: this.tool })
  }
}
