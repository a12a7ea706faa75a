import { option, string } from '@oclif/core/flags'
import { all, cloud, lab, out } from '../cli/flags.ts'
import { scopeFlags } from '../cli/scope-flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Inventory extends Verb {
  static override summary = 'List what the clouds let in: users, roles, keys, workload identities.'
  static override description =
    'Reads only. Kinds that no bulk call answers are listed when --kind names them. `interdict catalog` has the kinds.'
  static override examples = [
    '<%= config.bin %> inventory',
    `<%= config.bin %> inventory --kind access-key --where 'identity.enabled'`,
    '<%= config.bin %> inventory --lab --format csv > estate.csv',
    '<%= config.bin %> inventory --account organization --role interdict-responder --kind access-key',
  ]
  static override flags = {
    cloud,
    ...scopeFlags,
    kind: string({
      summary: 'only this kind; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
    }),
    where: string({ summary: 'only those for which this is true', helpValue: 'CEL' }),
    format: option({
      options: ['table', 'json', 'ndjson', 'csv'] as const,
      summary: 'how to print it',
      default: 'table' as const,
    })(),
    lab,
    all,
    out,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Inventory)
    const { inventory } = await import('../cli/inventory.ts')
    await inventory({ ...flags, format: flags.json ? 'json' : flags.format })
  }
}
