import { string } from '@oclif/core/args'
import { readingFlags } from '../../cli/flags.ts'
import { Verb } from '../../cli/verb.ts'

export default class PlaybookTest extends Verb {
  static override configured = false
  static override summary = 'Run the tests that stand in playbooks: on which records a trigger fires.'
  static override description =
    'Each test holds a record in the cloud’s own format and says whether a trigger fires on it, and with which inputs. No cloud is asked. Exit 4 when a test fails.'
  static override examples = [
    '<%= config.bin %> playbook test stop.yaml',
    '<%= config.bin %> playbook test playbooks/*.yaml --json',
    '<%= config.bin %> playbook test mine.yaml --mapping our-log.yaml --tokens issuers.json',
  ]
  static override strict = false
  static override flags = readingFlags
  static override args = {
    playbook: string({ description: 'files, or names of shipped playbooks', required: true }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PlaybookTest)
    const { testPlaybooks } = await import('../../cli/playbook-test.ts')
    await testPlaybooks(argv.map(String), flags)
  }
}
