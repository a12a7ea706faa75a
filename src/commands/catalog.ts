import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { cloud } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Catalog extends Verb {
  static override configured = false
  static override summary =
    'List every interruption: what it stops, what it leaves, and how exactly it is restored.'
  static override description = 'With an id, one of them in full, with the permissions that it needs.'
  static override examples = [
    '<%= config.bin %> catalog',
    '<%= config.bin %> catalog --verb quarantine',
    '<%= config.bin %> catalog aws.role.quarantine',
  ]
  static override args = { interruption: string({ description: 'id of an interruption' }) }
  static override flags = {
    cloud,
    verb: option({
      options: ['guard', 'quarantine', 'disable', 'revoke-sessions', 'constrain', 'gate', 'detach'] as const,
      summary: 'only those with this verb',
    })(),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Catalog)
    const { showCatalog } = await import('../cli/catalog.ts')
    await showCatalog({ ...flags, interruption: args.interruption })
  }
}
