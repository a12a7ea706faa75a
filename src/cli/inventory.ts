import { REAL, timestamp } from '../model/timing.ts'
import { type InventoryRequest, type Listing, listInventory } from '../toolkit/inventory.ts'
import { unreachedTexts, warningTexts } from '../ui/grouped-accounts.ts'
import { pageOf } from '../ui/page.ts'
import { exitOfListing } from './exit-code.ts'
import { tellFault } from './fault-text.ts'
import { hosted } from './host.ts'
import { type InventoryTarget, inventoryOutput } from './inventory-output.ts'
import { exitWith, tell } from './terminal.ts'

interface InventoryFlags extends InventoryTarget, InventoryRequest {
  state?: string | undefined
  config?: string | undefined
  lab: boolean
}

/** `inventory`: prints the identities that the clouds let us list, and what is missing. */
export async function inventory(flags: InventoryFlags): Promise<void> {
  const output = inventoryOutput(flags)
  const listing = await hosted(flags, host => listInventory(host, flags, identity => output.put(identity)))
  const { fault, broken, unreached, warned } = listing
  const first = fault ?? broken[0]?.fault
  await output.end({
    warnings: [...new Set(warned.map(({ message }) => message))],
    warned,
    unreached: [...unreached, ...broken.map(each => ({ ...each, fault: each.fault.record() }))],
    ...(first === undefined ? {} : { fault: first }),
  })
  await tellMissing(listing, flags)
  if (first) await tellFault(first)
  exitWith(exitOfListing(listing))
  // A call that nobody waits for any more would keep the program until it is given up.
  if (fault?.code === 'interrupted') process.exit()
}

async function tellMissing(
  { warned, left, unreached, broken }: Listing,
  flags: InventoryFlags,
): Promise<void> {
  const page = await pageOf(process.stderr, { ...flags, now: timestamp(REAL) })
  for (const warning of warningTexts(warned, page)) tell(`interdict: ${warning}`)
  if (left.length > 0)
    tell(`interdict: not set up here, so not looked at: ${left.join(', ')} (--cloud names one)`)
  for (const text of unreachedTexts(unreached, page)) tell(`interdict: ${text}`)
  for (const { cloud, account } of broken) {
    tell(`interdict: the listing of ${cloud} ${account} broke off and is not complete`)
  }
}
