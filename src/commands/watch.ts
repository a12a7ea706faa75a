import { string } from '@oclif/core/args'
import { boolean, integer, option, string as text } from '@oclif/core/flags'
import { duration, lab, notify, readingFlags, trustState, wait } from '../cli/flags.ts'
import { scopeFlags, sourceHelp, tenantHelp } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

const several = { multiple: true, multipleNonGreedy: true } as const

export default class Watch extends Verb {
  static override summary = 'Contain when the logs say so: playbooks start by themselves, on their triggers.'
  static override description =
    'Reads records from its sources until Ctrl-C. A firing is proposed (a plan for `interdict contain`) or ' +
    'contained at once, as the trigger says. A record is acknowledged when its effects are on disk: a watch that is killed at any ' +
    'moment continues where it was, and contains once. Records that cannot be read are set aside.'
  static override examples = [
    '<%= config.bin %> watch leaked-access-key --lab --once --source file:records.ndjson',
    '<%= config.bin %> watch --source file:/var/log/trail.ndjson --follow --mode propose',
    '<%= config.bin %> watch leaked-access-key --source sqs:https://sqs.eu-west-1.amazonaws.com/111122223333/trail --notify webhook:https://soc.example/hook',
    '<%= config.bin %> watch --learn --once --source file:last-month.json.gz',
  ]
  static override strict = false
  static override args = {
    playbook: string({
      description: 'files, or names of shipped playbooks (default: all that have triggers)',
    }),
  }
  static override flags = {
    source: text({
      summary:
        `${sourceHelp}, with the formats that it may deliver before ` +
        'an @ if they are not the usual ones (aws,ocsf@sqs:URL); may be given several times',
      helpValue: '[FORMATS@]SOURCE',
      required: true,
      ...several,
    }),
    follow: boolean({ summary: 'files: wait for more, also when they are rotated' }),
    once: boolean({ summary: 'end when the sources are drained' }),
    learn: boolean({ summary: 'learn what is usual, for first-seen; react to nothing' }),
    mode: option({ options: ['propose', 'act'] as const })({
      summary: 'the most that a trigger may do by itself',
      default: 'act',
    }),
    guard: duration({
      summary: 'guard each run for this long; without it, until the clouds enforce it',
    }),
    'max-age': duration({
      summary: 'records that were older when they came are proposed, never acted on (default: 24h)',
      default: 86_400,
    }),
    ceiling: integer({
      summary: 'containments in an hour, of all playbooks together; beyond it is proposed',
      default: 10,
      min: 0,
    }),
    notify,
    ...readingFlags,
    ...scopeFlags,
    tenant: text({
      ...tenantHelp,
      summary: 'Entra tenant to sign in to, and of records that do not name theirs',
    }),
    lab,
    wait,
    'trust-state': boolean({
      summary: `${trustState['trust-state'].summary}; files of the watch that are not believed are renamed, and not used`,
    }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Watch)
    const { watch } = await import('../cli/watch-run.ts')
    await watch({ ...flags, notify: flags.notify ?? [], playbooks: argv.map(String), tool: this.tool })
  }
}
