import { string } from '@oclif/core/args'
import { boolean, string as text } from '@oclif/core/flags'
import {
  acceptClock,
  acceptOneWay,
  all,
  approvalFlags,
  cloud,
  duration,
  includeProtected,
  input,
  lab,
  notify,
  noWait,
  reason,
  ticket,
  trustState,
  ttl,
  wait,
  yes,
} from '../cli/flags.ts'
import { scopeFlags } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Contain extends Verb {
  static override summary = 'Stop what a playbook selects, prove it, and record how to put it back.'
  static override description =
    'Plans, asks, writes, verifies and sweeps. Every change is on disk, with the settings from before, before it is made. ' +
    'Ctrl-C finishes the current change; `interdict resume` continues.'
  static override examples = [
    '<%= config.bin %> contain leaked-access-key --input key=AKIA… --ticket IR-2291',
    '<%= config.bin %> contain third-party-stop --lab --yes',
    '<%= config.bin %> contain 7f3k2m --reason "proposed by the watch"',
    '<%= config.bin %> contain plan.json --digest sha256:… --reason "vendor breach"',
  ]
  static override args = {
    playbook: string({
      description: 'a file, the name of a shipped playbook, a plan.json, or the id of a proposal',
      required: true,
    }),
  }
  static override flags = {
    input,
    cloud,
    ...scopeFlags,
    lab,
    reason,
    ticket,
    ttl,
    yes,
    notify,
    wait,
    all,
    'accept-one-way': boolean({
      summary: `${acceptOneWay.summary}; needs --reason`,
      dependsOn: ['reason'],
    }),
    'no-wait': noWait,
    guard: duration({ summary: 'go on guarding for this long afterwards, as `interdict guard` does' }),
    'include-protected': text({
      ...includeProtected,
      summary: `${includeProtected.summary}; needs --reason`,
      dependsOn: ['reason'],
    }),
    stack: boolean({ summary: 'make a run of its own also where other runs hold all of this' }),
    digest: text({
      summary: 'carry out a plan.json only if it has this digest, as `plan --out` printed it',
      helpValue: 'sha256:…',
    }),
    'dry-run': boolean({ summary: 'show the plan and make no write call at all' }),
    ...trustState,
    ...acceptClock,
    ...approvalFlags,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Contain)
    const { containPlaybook, showPlan } = await import('../cli/containment.ts')
    const request = {
      ...flags,
      subject: args.playbook,
      acceptOneWay: flags['accept-one-way'],
      noWait: flags['no-wait'],
      includeProtected: flags['include-protected'],
    }
    if (flags['dry-run']) await showPlan(request)
    else await containPlaybook({ ...request, tool: this.tool })
  }
}
