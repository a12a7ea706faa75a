import { boolean, string } from '@oclif/core/flags'
import { cloud, lab, yes } from '../cli/flags.ts'
import { scopeFlags } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Doctor extends Verb {
  static override configured = false
  static override summary = 'Who am I in each cloud, what may I do, what is missing; clock and state folder.'
  static override description =
    'For each account and interruption: whether these credentials could contain with it, prove it and restore, and which ' +
    'permission is missing. Reads only, unless --prepare-guard is given. Exit 2 when a cloud refuses the sign-in, 4 when ' +
    'something cannot be read, decided or prepared, or a permission is missing.'
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --lab --json',
    '<%= config.bin %> doctor --configuration',
    '<%= config.bin %> doctor --playbook leaked-access-key --prepare-guard',
  ]
  static override flags = {
    cloud,
    ...scopeFlags,
    lab,
    playbook: string({
      summary: "look at the accounts of this playbook's scope, and ask only about what it uses",
      helpValue: 'PLAYBOOK',
    }),
    'prepare-guard': boolean({
      summary: 'attach an empty guard policy to each AWS account that has none; asks first',
    }),
    configuration: boolean({
      summary: 'show which files interdict.yaml were read, and where each value comes from; sign in nowhere',
      exclusive: ['playbook', 'prepare-guard'],
    }),
    yes,
  }

  async run(): Promise<void> {
    // `--config` without a folder is what people type for it.
    this.argv = this.argv.map((word, at, all) =>
      word === '--config' && /^(-|$)/.test(all[at + 1] ?? '') ? '--configuration' : word,
    )
    const { flags, raw } = await this.parse(Doctor)
    if (flags.configuration) {
      const { showConfiguration } = await import('../cli/doctor-configuration.ts')
      const isGiven = (flag: string) => raw.some(each => each.type === 'flag' && each.flag === flag)
      return await showConfiguration(flags, isGiven)
    }
    const { useConfiguration } = await import('../cli/configuration.ts')
    await useConfiguration(flags)
    const { doctor } = await import('../cli/doctor.ts')
    await doctor({ ...flags, prepareGuard: flags['prepare-guard'], tool: this.tool })
  }
}
