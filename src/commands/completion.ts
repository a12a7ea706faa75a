import { string } from '@oclif/core/args'
import { SHELLS } from '../cli/completion-scripts.ts'
import { Verb } from '../cli/verb.ts'

export default class Completion extends Verb {
  static override summary =
    'Print a script that makes a shell complete commands, flags, run ids and playbooks.'
  static override description = 'The first lines of the script say where to put it.'
  static override examples = [
    '<%= config.bin %> completion bash',
    '<%= config.bin %> completion zsh',
    '<%= config.bin %> completion fish',
  ]
  static override args = {
    shell: string({ description: 'the shell', options: [...SHELLS], required: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion)
    const { showCompletion } = await import('../cli/completion.ts')
    await showCompletion(args.shell, flags)
  }
}
