import { Verb } from '../../cli/verb.ts'

export default class LabReset extends Verb {
  static override summary = 'Put the lab back to a fresh estate.'
  static override description =
    'Runs that were made against it stay in the state folder; their settings no longer exist.'
  static override examples = ['<%= config.bin %> lab reset']

  async run(): Promise<void> {
    const { flags } = await this.parse(LabReset)
    const { labReset } = await import('../../cli/lab-process.ts')
    await labReset(flags)
  }
}
