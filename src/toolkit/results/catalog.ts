import { z } from 'zod'
import { VERBS } from '../../model/interruption.ts'
import type { FactShape } from '../../model/kind.ts'
import { ReversalResult } from './planned-change.ts'
import { JsonValue, type Printed } from './values.ts'

const FactsOfKind: z.ZodType<FactShape> = z
  .lazy(() =>
    z.record(
      z.string(),
      z.union([
        z.enum(['string', 'bool', 'int', 'double', 'time', 'list<string>', 'map<string>']),
        FactsOfKind,
      ]),
    ),
  )
  .meta({
    id: 'FactsOfKind',
    description:
      'By name of a fact: its type, in the words of CEL; `{ list: … }` and `{ map: … }` are lists and maps of nested facts.',
  })

/** One interruption of the catalog; printed by `catalog INTERRUPTION`. */
export const InterruptionResult = z
  .strictObject({
    id: z.string().describe('`<cloud>.<kind>.<verb>`.'),
    summary: z.string().describe('Its effect.'),
    verbs: z.array(z.enum(VERBS)).describe('Verbs of playbooks that lead to it.'),
    on: z.array(z.string()).describe('Kinds of identity.'),
    leaves: z.string().describe('The access that still works afterwards.'),
    undoneBy: z
      .string()
      .optional()
      .describe('Who can take it back besides interdict. Absent if nobody else is known.'),
    reversal: ReversalResult,
    permissions: z
      .strictObject({
        read: z.array(z.string()).describe('To read.'),
        cut: z.array(z.string()).describe('To contain.'),
        restore: z.array(z.string()).describe('To restore.'),
      })
      .describe('The operations that it calls, as the cloud names them.'),
    example: JsonValue.optional().describe('Example of its parameters. Absent if it has none.'),
  })
  .meta({ id: 'Interruption', description: 'One interruption of the catalog: `catalog INTERRUPTION`.' })

export type InterruptionResult = Printed<typeof InterruptionResult>

/** Printed by `catalog`. */
export const CatalogResult = z
  .strictObject({
    interruptions: z.array(InterruptionResult).describe('All of them, or those of the verb.'),
    kinds: z
      .array(
        z.strictObject({
          name: z.string().describe('Its name in playbooks.'),
          summary: z.string().describe('A description.'),
          credential: z.boolean().describe('Whether it is a credential of a principal.'),
          facts: FactsOfKind,
        }),
      )
      .describe('Kinds of identity.'),
  })
  .meta({
    id: 'Catalog',
    description: 'Kinds, interruptions and conditions that playbooks can use: `catalog`.',
  })

export type CatalogResult = Printed<typeof CatalogResult>
