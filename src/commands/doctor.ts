import { cloud, lab } from '../wiring/flags.ts'
import { Verb } from '../wiring/verb.ts'

export default class Doctor extends Verb {
  static override summary = 'Who am I in each cloud, what may I do, what is missing; clock and state folder.'
  static override description =
    'Reads only. Exit 2 when a cloud does not let us in, 4 when something cannot be read.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --lab --json']
  static override flags = { cloud, lab }

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const { doctor } = await import('../wiring/doctor.ts')
    await doctor({ ...flags, tool: this.tool })
  }
}
