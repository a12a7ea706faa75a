import type { Cloud } from '../../clouds/index.ts'
import type { Firing } from '../../model/firing.ts'
import { parseIdentityId } from '../../model/identity.ts'
import type { Within } from '../../model/plan.ts'
import { cloudTitle } from '../cloud-title.ts'

/** Accounts, projects and tenants that a watch reaches, by cloud. */
export class OwnAccounts {
  readonly #known = new Map<string, Set<string>>()
  /** Clouds in which there may be more than are known. */
  readonly #open = new Set<string>()
  readonly #clouds: readonly Cloud[]

  constructor(clouds: readonly Cloud[]) {
    this.#clouds = clouds
  }

  /** Notes an account, in any spelling of its case. */
  add(cloud: string, account: string): void {
    const known = this.#known.get(cloud) ?? new Set<string>()
    this.#known.set(cloud, known.add(account.toLowerCase()))
  }

  /** There may be others: nobody could sign in, or an event says where. */
  leaveOpen(cloud: string): void {
    this.#open.add(cloud)
  }

  /** Undefined if nobody knows: the clouds are then asked before anything is done. */
  isOurs(cloud: string, account: string): boolean | undefined {
    const known = this.#known.get(cloud)
    if (known?.has(account.toLowerCase())) return true
    const other = this.#clouds.find(each => each.cloud === cloud)?.otherAccountName
    const isUnsure = known === undefined || this.#open.has(cloud) || other?.test(account) === true
    return isUnsure ? undefined : false
  }
}

type Reached = readonly { cloud: string; account: string }[]

/** Clouds whose events are of no account: an agent's, and what a mapping says nothing about. */
const NOWHERE: ReadonlySet<string> = new Set(['agent', 'other'])

/** Account of the identity that a firing means, if it is reached; else the account whose log has the event. */
export function accountOf(fired: Firing, reached: Reached): Within | undefined {
  const [first, second] = placesOf(fired)
  if (first === undefined || isReached(first, reached)) return first
  return second !== undefined && isReached(second, reached) ? second : first
}

/** Why nothing is done by itself: no account of the firing is one that was reached. Undefined if one is. */
export function strangerDoubt(fired: Firing, reached: Reached): string | undefined {
  const places = placesOf(fired)
  if (NOWHERE.has(fired.cloud) && places.length === 0) return undefined
  const [log] = places.slice(-1)
  if (log === undefined) return 'its event does not say of which account it is'
  if (isReached(log, reached)) return undefined
  return `its event is of ${cloudTitle(log.cloud)} ${log.account}, which is not reached`
}

/** The identity's account, and that of the log; the last one is the log's where it is known. */
function placesOf({ cloud, account, identity, recordedIn }: Firing): Within[] {
  const id = identity.id === undefined ? undefined : parseIdentityId(identity.id)
  const own = id ?? { cloud, account }
  const log = NOWHERE.has(cloud) ? undefined : recordedIn
  return [
    ...(own.account === undefined || NOWHERE.has(own.cloud)
      ? []
      : [{ cloud: own.cloud, account: own.account }]),
    ...(log === undefined ? [] : [{ cloud, account: log }]),
  ]
}

function isReached({ cloud, account }: Within, reached: Reached): boolean {
  return reached.some(each => each.cloud === cloud && each.account.toLowerCase() === account.toLowerCase())
}
