import type { LabCloud, Shared } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import { dispatch } from './dispatch.ts'
import { keyOf, LiveEstate } from './estate.ts'
import { limitsOf } from './limits.ts'
import { OrganizationRates } from './organization/rates.ts'
import { receive } from './receive.ts'
import { snapshotOf } from './snapshot.ts'
import type { Estate, Responder } from './store.ts'
import { isJson } from './wire.ts'

export type { Estate, Responder } from './store.ts'

/** AWS in a lab. */
export interface AwsLab extends LabCloud {
  readonly responder: Responder
  estate(): Estate
}

export interface AwsLabSettings {
  /** Organizations throttles as it documents: two policy changes a second. */
  organizationRates?: boolean
}

/** AWS over what `seed` gives, anew for each reset. */
export function awsLab(seed: () => Estate, { organizationRates = false }: AwsLabSettings = {}): AwsLab {
  let shared: Shared | undefined
  let estate: LiveEstate | undefined
  const rates = organizationRates ? { organizationRates: new OrganizationRates() } : {}
  const opened = () => {
    if (shared === undefined || estate === undefined) throw new TypeError('the lab is not open')
    return { estate, clock: shared.clock, delay: shared.propagationMs, ...rates }
  }
  return {
    cloud: 'aws',
    open(given, kept) {
      shared = given
      if (kept !== undefined && !isEstate(kept)) throw new TypeError('what was kept is no estate of AWS')
      estate = new LiveEstate(kept ?? seed(), given.clock, given.propagationMs)
    },
    // Every protocol of the services that it has is spoken at the root.
    recognises: ({ url }: Exchange) => url === '/' || url.startsWith('/?'),
    receive(exchange) {
      const inquiry = receive(exchange)
      if ('status' in inquiry) return inquiry
      const { service, operation, signature, params, input } = inquiry
      return {
        service,
        operation,
        ...(signature === undefined ? {} : { caller: signature.accessKeyId }),
        params: isJson(service) ? { ...input } : params.toObject(),
        limits: () => limitsOf(opened().estate, inquiry),
        run(trouble) {
          const [answer, changed] = dispatch(opened(), inquiry, trouble)
          return { answer, changed }
        },
      }
    },
    get responder() {
      return opened().estate.responder
    },
    estate: () => opened().estate.toEstate(),
    snapshot: () => snapshotOf(opened().estate),
    summary: () =>
      opened()
        .estate.toEstate()
        .accounts.map(({ id, users, roles }) => ({ id, users: users.length, roles: roles.length })),
    vanish(kind, name) {
      for (const { users, roles } of opened().estate.accounts.values()) {
        if (kind === 'user' && users.get(keyOf({ name }))) users.delete(keyOf({ name }))
        if (kind === 'role' && roles.get(keyOf({ name }))) roles.delete(keyOf({ name }))
      }
    },
  }
}

function isEstate(value: unknown): value is Estate {
  return typeof value === 'object' && value !== null && 'accounts' in value && Array.isArray(value.accounts)
}
