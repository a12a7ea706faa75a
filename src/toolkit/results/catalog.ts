import { z } from 'zod'
import { VERBS } from '../../model/interruption.ts'
import type { FactShape } from '../../model/kind.ts'
import { ReversalResult } from './planned-change.ts'
import { list, named, object, optional, optionalText, text } from './shapes.ts'
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
export const InterruptionResult = named(
  'Interruption',
  'One interruption of the catalog: `catalog INTERRUPTION`.',
  {
    id: text('`<cloud>.<kind>.<verb>`.'),
    summary: text('Its effect.'),
    verbs: list('Verbs of playbooks that lead to it.', z.enum(VERBS)),
    on: list('Kinds of identity.', z.string()),
    leaves: text('The access that still works afterwards.'),
    lapses: optional('It can end by itself (`onExpiry: lapse`). Absent if it cannot.', z.literal(true)),
    undoneBy: optionalText('Who can take it back besides interdict. Absent if nobody else is known.'),
    reversal: ReversalResult,
    permissions: object('The operations that it calls, as the cloud names them.', {
      read: list('To read.', z.string()),
      cut: list('To contain.', z.string()),
      restore: list('To restore.', z.string()),
    }),
    example: optional('Example of its parameters. Absent if it has none.', JsonValue),
  },
)

export type InterruptionResult = Printed<typeof InterruptionResult>

/** Printed by `catalog`. */
export const CatalogResult = named(
  'Catalog',
  'Kinds, interruptions and conditions that playbooks can use: `catalog`.',
  {
    interruptions: list('All of them, or those of the verb.', InterruptionResult),
    kinds: list('Kinds of identity.', {
      name: text('Its name in playbooks.'),
      summary: text('A description.'),
      credential: z.boolean().describe('Whether it is a credential of a principal.'),
      facts: FactsOfKind,
    }),
  },
)

export type CatalogResult = Printed<typeof CatalogResult>
