import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { ENABLED, type Toggle, toggle } from '../../kit/lens/toggle.ts'
import type { AwsClient } from '../client.ts'

/** Reading and switching one kind of credential of an IAM user. */
interface UserCredential extends Pick<Toggle<AwsClient, NoParams>, 'kind' | 'summary' | 'leaves'> {
  /** Operations of IAM, without `iam:`. */
  list: string
  update: string
  /** Ids and status of all that the user has. Reads every page: IAM may cut any page short. */
  all(client: AwsClient, user: string): Promise<{ id: string | undefined; status: string | undefined }[]>
  set(client: AwsClient, user: string, id: string, Status: 'Active' | 'Inactive'): Promise<unknown>
}

type NoParams = Record<string, never>

/**
 * Makes the lens that switches a credential of a user off. Nothing was issued by the credential alone: what it signed is
 * refused once it is off, and sessions made from it belong to the user.
 */
export function credentialDisable(of: UserCredential): Interruption<AwsClient, NoParams> {
  const { kind, summary, leaves, list, update, all, set } = of
  return toggle({
    cloud: 'aws',
    kind,
    summary,
    leaves,
    permissions: { read: [`iam:${list}`], off: [`iam:${update}`], on: [`iam:${update}`] },
    refuse: ({ [ENABLED]: enabled }) =>
      enabled === EXPIRED ? 'it has expired, and could not be switched on again' : undefined,
    async look(client, { identity }: Context) {
      const found = await unlessGone(all(client, userOf(identity)))
      const own = found?.find(each => each.id === identity.name)
      if (own?.id === undefined || own.status === undefined) return undefined
      return { uid: own.id, enabled: STATE.get(own.status) ?? own.status }
    },
    turn: async (client, { identity }, on) => {
      await set(client, userOf(identity), identity.name, on ? 'Active' : 'Inactive')
    },
  })
}

/** Of a service-specific credential, and for good. */
const EXPIRED = 'expired'

const STATE: ReadonlyMap<string, boolean | string> = new Map<string, boolean | string>([
  ['Active', true],
  ['Inactive', false],
  ['Expired', EXPIRED],
])

/**
 * The name of the user, without which IAM takes the caller's own (IAM API Reference, "UpdateAccessKey"): we would
 * switch off our own key.
 */
function userOf(identity: Identity): string {
  const { user } = identity.facts
  if (typeof user === 'string' && user !== '') return user
  throw new Fault('rejected', 'it is not known which user the credential belongs to', { where: identity.id })
}
