import { string } from '@oclif/core/args'
import { boolean, integer, string as text } from '@oclif/core/flags'
import { input, milliseconds } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Drill extends Verb {
  static override configured = false
  static override summary =
    'Rehearse a playbook in the lab: a thief at work, contain, prove, restore, compare.'
  static override description =
    'Needs no cloud and touches none. Exit 0 only when the thief was stopped, nobody else was hurt and the estate is identical. ' +
    'Each of the five cases begins with a record of the cloud’s own log, and a watch starts the containment.'
  static override examples = [
    '<%= config.bin %> drill',
    '<%= config.bin %> drill third-party-stop --json',
    '<%= config.bin %> drill leaked-access-key --thief fighting --propagation 4s',
    '<%= config.bin %> drill --case 3',
    '<%= config.bin %> drill --cases',
  ]
  static override args = {
    playbook: string({
      description: 'a file, or the name of a shipped playbook',
      default: 'leaked-access-key',
    }),
  }
  static override flags = {
    input,
    case: integer({
      summary: 'one of the five cases, 1 to 5, from the record in the log to the restore',
      min: 1,
      max: 5,
      exclusive: ['cases', 'input'],
    }),
    cases: boolean({ summary: 'all five cases', exclusive: ['input'] }),
    thief: text({
      summary: 'fighting: the thief may change access, and undoes what is done to it, round after round',
      options: ['fighting'],
      exclusive: ['case', 'cases'],
    }),
    propagation: milliseconds({
      summary: 'time until the clouds of the lab enforce a change (default 1s)',
      dependsOn: ['thief'],
    }),
    'thief-period': milliseconds({
      summary: 'pause between two rounds of the thief (default 0.3s)',
      dependsOn: ['thief'],
    }),
    helper: boolean({
      summary: 'the thief has a second identity, in Google Cloud and Azure, which the playbook does not name',
      dependsOn: ['thief'],
    }),
    'organization-guard': boolean({
      summary: 'with a deny from the AWS organization before each quarantine (verb guard)',
      dependsOn: ['thief'],
    }),
    seed: integer({
      summary: 'chooses the jitter and the order of what the thief does (default 1)',
      min: 0,
      dependsOn: ['thief'],
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Drill)
    if (flags.cases || flags.case !== undefined) {
      const { drillCases } = await import('../cli/drill-cases.ts')
      await drillCases({ number: flags.case, json: flags.json, tool: this.tool })
      return
    }
    const { drill } = await import('../cli/drill.ts')
    const fight = {
      propagationMs: flags.propagation ?? 1000,
      periodMs: flags['thief-period'] ?? 300,
      seed: flags.seed ?? 1,
      helper: flags.helper,
    }
    const { input: given, json } = flags
    await drill({
      playbook: args.playbook,
      input: given,
      json,
      tool: this.tool,
      organizationGuard: flags['organization-guard'],
      ...(flags.thief === 'fighting' ? { fight } : {}),
    })
  }
}
