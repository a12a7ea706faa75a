import { z } from 'zod'
import { ErrorResult, FaultResult } from './fault.ts'
import { AccountWarning, IdentityResult, UnreachedAccount } from './identity.ts'
import { list, optional, optionalList } from './shapes.ts'
import { Count, type Printed } from './values.ts'

/** Members of an inventory after the identities. */
export const InventoryEnd = z.strictObject({
  counts: z.record(z.string(), Count).describe('By kind: how many identities.'),
  warnings: list('Remarks for people about the listing.', z.string()),
  warned: optionalList('Those of `warnings` that are about one account. Absent without any.', AccountWarning),
  unreached: list('Accounts that were not entered, and those whose listing broke off.', UnreachedAccount),
  error: optional('Why a listing broke off. Absent if none did.', FaultResult),
  exit: optional(
    'The exit code if a listing broke off: that of the error, or 4 if other accounts were listed whole. Absent otherwise.',
    z.int(),
  ),
})

export type InventoryEnd = Printed<typeof InventoryEnd>

/** Printed by `inventory`. */
export const InventoryResult = InventoryEnd.extend({
  identities: list('All that were listed, even if a listing broke off.', IdentityResult),
}).meta({
  id: 'Inventory',
  description: 'The identities of the accounts: `inventory`, and `inventory --out` with the same format.',
})

export type InventoryResult = Printed<typeof InventoryResult>

/** A line of `inventory --format ndjson`. */
export const InventoryLine = z.union([IdentityResult, ErrorResult]).meta({
  id: 'InventoryLine',
  description:
    'A line of `inventory --format ndjson`: an identity. If the listing broke off, the last line is the error.',
})

export type InventoryLine = Printed<typeof InventoryLine>
