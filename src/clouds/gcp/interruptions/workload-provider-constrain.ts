import { z } from 'zod'
import { withEntries } from '../../../model/facet.ts'
import type { Interruption } from '../../../model/interruption.ts'
import { writeWhole } from '../../kit/lens/whole-value.ts'
import type { GcpClient } from '../client.ts'
import { lacks } from '../settings/one-way.ts'
import { textOf } from '../settings/settings.ts'
import { describedAs, PROVIDER, patchField } from '../settings/workload-pools.ts'

const Params = z.strictObject({
  condition: z
    .string()
    .min(1)
    .max(4000)
    .refine(text => text.trim() === text, 'no white space around it')
    .describe('In CEL, what a token must meet as well, e.g. assertion.repository != "acme/payments"'),
})

type Params = z.infer<typeof Params>

/** The longest attribute condition (IAM API reference, WorkloadIdentityPoolProvider). */
const LONGEST = 4096

const ENTRY = 'attribute-condition'

/** Adds a condition to a provider; the one before comes back to the letter, unless somebody changed it meanwhile. */
export const workloadProviderConstrain: Interruption<GcpClient, Params> = {
  id: 'gcp.workload-provider.constrain',
  summary: 'Let only tokens that meet a condition through the provider of the workload identity pool',
  verbs: ['constrain'],
  on: ['workload-provider'],
  leaves: 'tokens that were exchanged before, for up to 1h; workloads that meet the condition',
  reversal: { kind: 'exact' },
  permissions: {
    read: [`${PROVIDER.permission}.get`],
    cut: [`${PROVIDER.permission}.update`],
    restore: [`${PROVIDER.permission}.update`],
  },
  params: Params,
  example: { condition: 'assertion.repository != "acme/payments"' },
  refuse(facet, { params }) {
    const { condition } = Params.parse(params)
    const { length } = narrowed(textOf(facet, ENTRY), condition)
    return length > LONGEST
      ? `no room in its attribute condition: ${length} characters of ${LONGEST}`
      : undefined
  },
  async read(client, context) {
    const found = await describedAs(PROVIDER, client, context)
    if (found === undefined) return undefined
    return {
      uid: found.name ?? '',
      facet: withEntries({}, [[ENTRY, found.attributeCondition || undefined]]),
    }
  },
  cut(facet, { params }) {
    const { condition } = Params.parse(params)
    return withEntries(facet, [[ENTRY, narrowed(textOf(facet, ENTRY), condition)]])
  },
  async write(client, from, to, context) {
    await writeWhole(from, to, {
      entry: ENTRY,
      what: 'its attribute condition',
      where: context.identity.id,
      async live() {
        const found = await describedAs(PROVIDER, client, context)
        return found === undefined ? 'gone' : { value: found.attributeCondition || undefined }
      },
      write: wanted => patchField(PROVIDER, client, context, 'attributeCondition', String(wanted ?? '')),
    })
  },
  settles: 300,
  oneWay: client => lacks(client, `projects/${client.project}`, `${PROVIDER.permission}.update`),
  horizon: () => 0,
}

/** Both conditions must hold; one that is there already is not added again. */
function narrowed(before: string | undefined, condition: string): string {
  if (before === undefined || before === condition) return condition
  const added = ` && (${condition})`
  return before.endsWith(added) ? before : `(${before})${added}`
}
