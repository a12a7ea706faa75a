import type { LabCloud, Plain, Shared } from '../cloud.ts'
import { receive } from './dispatch.ts'
import { LiveEstate } from './estate.ts'
import { Operations } from './operations.ts'
import { isRecord } from './policy.ts'
import { DenyQuota } from './quota.ts'
import { snapshotOf } from './snapshot.ts'
import type { GcpEstate, Policy } from './store.ts'
import { vanish } from './vanish.ts'
import type { EditPolicy, World } from './world.ts'

export { permissionsOf } from './routes/index.ts'
export type { GcpEstate } from './store.ts'

export interface GcpLabOptions {
  /** Whether the deny API has its quota of five reads and five writes a minute; true when missing. */
  denyQuota?: boolean
  /** How many reads of an account do not see yet that it was enabled or disabled; 0 when missing. */
  staleReads?: number
}

export interface GcpLab extends LabCloud {
  estate(): GcpEstate
  /** The key file of the tool under test. */
  readonly responder: KeyFile
  /** Called with the policy that was read, after the answer was made: a change by it is a concurrent change. */
  onPolicyRead: ((resource: string) => void) | undefined
  /** Changes the policy of `projects/<id>`, `folders/<id>`, `organizations/<id>`, `serviceAccounts/<email>`. */
  readonly editPolicy: EditPolicy
}

export interface KeyFile {
  type: 'service_account'
  project_id: string
  private_key_id: string
  private_key: string
  client_email: string
  client_id: string
  /** Google's, as in any key file: a client of the lab sends to its endpoint instead. */
  token_uri: string
  universe_domain: string
}

const PATHS = /^\/(?:v[123]\/|storage\/v1\/|oauth2\/|token(?:info)?(?:\?|$))/

/** The lab's Google Cloud. @param seed what there is at the start, and again after a reset */
export function gcpLab(seed: () => GcpEstate, options: GcpLabOptions = {}): GcpLab {
  const { denyQuota = true, staleReads = 0 } = options
  let world: World | undefined
  const open = (): World => {
    if (world === undefined) throw new TypeError('the lab was not opened')
    return world
  }
  const lab: GcpLab = {
    cloud: 'gcp',
    onPolicyRead: undefined,
    open({ clock, propagationMs }: Shared, kept?: unknown) {
      if (kept !== undefined && !isEstate(kept)) throw new TypeError('no estate of Google Cloud')
      world = {
        estate: new LiveEstate(kept ?? seed(), clock, propagationMs),
        clock,
        delay: propagationMs,
        operations: new Operations(),
        quota: denyQuota ? new DenyQuota() : undefined,
        staleReads: new Map(),
        staleReadsAfter: staleReads,
        policyRead: resource => lab.onPolicyRead?.(resource),
      }
    },
    recognises: ({ url }) => PATHS.test(url),
    receive: exchange => receive(open(), exchange),
    get responder() {
      return keyFileOf(open().estate)
    },
    estate: () => open().estate.toEstate(open().clock.ms()),
    snapshot: () => snapshotOf(open().estate),
    summary: () => summaryOf(open().estate),
    vanish: (kind, name) => vanish(open().estate, kind, name),
    editPolicy(resource, change) {
      const { estate } = open()
      const stored = estate.policy(resource)
      const next: Policy = change({
        bindings: structuredClone(stored.bindings),
        ...(stored.auditConfigs === undefined ? {} : { auditConfigs: structuredClone(stored.auditConfigs) }),
      })
      estate.policies.set(resource, { ...next, revision: stored.revision + 1 })
    },
  }
  return lab
}

function keyFileOf(estate: LiveEstate): KeyFile {
  const { email, keyId, privateKey } = estate.responder
  const account = estate.account(email)
  return {
    type: 'service_account',
    project_id: account?.project ?? '',
    private_key_id: keyId,
    private_key: privateKey,
    client_email: email,
    client_id: account?.uniqueId ?? '',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  }
}

function summaryOf(estate: LiveEstate): Plain {
  return {
    organization: estate.organization.displayName,
    projects: estate.projects.length,
    serviceAccounts: estate.accounts.size,
    keys: estate.keys.size,
    policies: estate.policies.size,
    denyPolicies: estate.denyPolicies.size,
    pools: estate.pools.size,
    hmacKeys: estate.hmacKeys.size,
    apiKeys: estate.apiKeys.size,
  }
}

function isEstate(value: unknown): value is GcpEstate {
  return isRecord(value) && isRecord(value.organization) && Array.isArray(value.serviceAccounts)
}
