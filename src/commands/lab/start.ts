import { boolean, custom, integer } from '@oclif/core/flags'
import { Verb } from '../../cli/verb.ts'

const propagation = custom<number | { [cloud: string]: number }>({
  parse: async text => {
    const { labPropagation } = await import('../../cli/lab-propagation.ts')
    return labPropagation(text)
  },
  helpValue: 'DURATION|CLOUD=DURATION,...',
})

export default class LabStart extends Verb {
  static override summary = 'Run the rehearsal lab, for other commands with --lab.'
  static override description =
    'Stays in the foreground until Ctrl-C. Its estate is kept in the state folder. Without it --lab uses an embedded lab on the same estate.'
  static override examples = [
    '<%= config.bin %> lab start',
    '<%= config.bin %> lab start --port 4510',
    '<%= config.bin %> lab start --propagation aws=4s,gcp=2m,azure=10m',
  ]
  static override flags = {
    port: integer({ summary: 'port on 127.0.0.1 (default: a free one)', min: 1, max: 65535 }),
    propagation: propagation({
      summary: 'time until a change is enforced, for all clouds or by cloud (default: 1s, at most 90m)',
    }),
    throttle: boolean({ summary: 'answer too many calls as throttled, at the rates that the clouds have' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(LabStart)
    const { labStart } = await import('../../cli/lab-process.ts')
    await labStart(flags)
  }
}
