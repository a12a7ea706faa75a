import { type GcpClient, gcpClient } from '../../../../src/clouds/gcp/client.ts'
import { hostsOf } from '../../../../src/clouds/gcp/http/hosts.ts'
import { gcpLane } from '../../../../src/clouds/gcp/http/pace.ts'
import { Transport } from '../../../../src/clouds/gcp/http/transport.ts'
import { interruptions } from '../../../../src/clouds/gcp/interruptions/index.ts'
import { type GcpLab, type GcpLabOptions, gcpLab } from '../../../../src/lab/gcp/index.ts'
import type { GcpEstate, ServiceAccount } from '../../../../src/lab/gcp/store.ts'
import { type Lab, startLab } from '../../../../src/lab/index.ts'
import type { Identity } from '../../../../src/model/identity.ts'
import type { Context, Interruption, Reading } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { REAL } from '../../../../src/model/timing.ts'

export const PROJECT = 'town'
export const NUMBER = '111122223333'
const TOKEN = 'test-token'
const AT = '2026-11-01T00:00:00.000Z'
const OURS = emailOf('responder')

export function emailOf(name: string): string {
  return `${name}@${PROJECT}.iam.gserviceaccount.com`
}

export function memberOf(name: string): string {
  return `serviceAccount:${emailOf(name)}`
}

export const WEEKDAYS = {
  title: 'weekdays',
  description: 'not at night',
  expression: 'request.time.getDayOfWeek() < 5',
}

const account = (name: string, at: number): ServiceAccount => ({
  project: PROJECT,
  email: emailOf(name),
  uniqueId: `1${String(at).padStart(20, '0')}`,
  displayName: name,
  description: '',
  disabled: false,
})

/** One project below a folder and an organization: as many accounts as one likes, and everything awkward in its policies. */
export function smallEstate(accounts: readonly string[]): GcpEstate {
  const all = ['responder', 'helper', ...accounts]
  return {
    responder: { email: OURS, keyId: 'a'.repeat(40), privateKey: '' },
    organization: { id: '34', displayName: 'town.example', customerId: 'C0town', created: AT },
    folders: [{ id: '12', parent: 'organizations/34', displayName: 'folder', created: AT }],
    projects: [
      { id: PROJECT, number: NUMBER, parent: 'folders/12', displayName: PROJECT, labels: {}, created: AT },
    ],
    serviceAccounts: all.map(account),
    keys: [],
    policies: {
      'organizations/34': {
        revision: 3,
        bindings: [
          { role: 'roles/owner', members: [memberOf('responder'), 'user:boss@town.example'] },
          { role: 'roles/iam.denyAdmin', members: [memberOf('responder')] },
          { role: 'roles/cloudasset.viewer', members: [memberOf('responder')] },
          { role: 'roles/iam.serviceAccountAdmin', members: [memberOf('responder')] },
          {
            role: 'roles/browser',
            members: [memberOf('helper'), ...accounts.slice(0, 2).map(memberOf)],
          },
        ],
      },
      'folders/12': {
        revision: 1,
        bindings: [{ role: 'roles/viewer', members: accounts.map(memberOf), condition: WEEKDAYS }],
        auditConfigs: [{ service: 'allServices', auditLogConfigs: [{ logType: 'DATA_READ' }] }],
      },
      [`projects/${PROJECT}`]: {
        revision: 7,
        bindings: [
          { role: 'roles/viewer', members: ['group:staff@town.example', ...accounts.map(memberOf)] },
          { role: 'roles/viewer', members: accounts.slice(0, 3).map(memberOf), condition: WEEKDAYS },
          { role: 'roles/editor', members: [memberOf('helper')] },
          ...(accounts[0] ? [{ role: 'roles/logging.logWriter', members: [memberOf(accounts[0])] }] : []),
        ],
        auditConfigs: [{ service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'ADMIN_READ' }] }],
      },
      [`serviceAccounts/${emailOf('helper')}`]: {
        revision: 1,
        bindings: [
          {
            role: 'roles/iam.serviceAccountTokenCreator',
            members: ['user:boss@town.example', ...accounts.slice(0, 2).map(memberOf)],
          },
        ],
      },
    },
    customRoles: [],
    groups: {},
    denyPolicies: [],
    pools: [],
    providers: [],
    hmacKeys: [],
    apiKeys: [],
    secrets: [],
    constraints: [],
    tokens: [
      {
        token: TOKEN,
        expires: Date.parse('2036-01-01'),
        scopes: ['https://www.googleapis.com/auth/cloud-platform'],
        principal: { kind: 'account', email: OURS, uniqueId: account('', 0).uniqueId },
      },
    ],
  }
}

export interface Town {
  lab: Lab
  gcp: GcpLab
  client: GcpClient
  /** Another client, as of another process. */
  again(): GcpClient
  identity(name: string): Identity
  /** Calls since the last time, by operation. */
  calls(): { [operation: string]: number }
  close(): Promise<void>
}

export async function openTown(
  accounts: readonly string[],
  prepare: (estate: GcpEstate) => void = () => undefined,
  options: GcpLabOptions = { denyQuota: false },
): Promise<Town> {
  const gcp = gcpLab(() => {
    const estate = smallEstate(accounts)
    prepare(estate)
    return estate
  }, options)
  const lab = await startLab({ clouds: [gcp], propagationMs: 0 })
  const transport = new Transport({
    timing: REAL,
    hosts: hostsOf(undefined, lab.endpoint),
    lane: gcpLane({ rated: false, timing: REAL }),
    authorization: async () => `Bearer ${TOKEN}`,
  })
  const again = () =>
    gcpClient({
      timing: REAL,
      project: PROJECT,
      projectNumber: NUMBER,
      ancestors: ['folders/12', 'organizations/34'],
      transport,
      authClient: {
        getRequestHeaders: async () => new Headers({ authorization: `Bearer ${TOKEN}` }),
      } as never,
    })
  return {
    lab,
    gcp,
    client: again(),
    again,
    identity(name) {
      const email = emailOf(name)
      const uid = gcp.estate().serviceAccounts.find(each => each.email === email)?.uniqueId ?? ''
      return {
        id: `gcp:${PROJECT}:service-account/${email}`,
        uid,
        cloud: 'gcp',
        account: PROJECT,
        kind: 'service-account',
        name: email,
        facts: {},
      }
    },
    calls() {
      const { operations } = lab.calls.toJSON()
      lab.calls.clear()
      return Object.fromEntries(
        Object.entries(operations).map(([name, count]) => [name.replace(/^[^:]+:/, ''), count]),
      )
    },
    close: () => lab.close(),
  }
}

export function interruptionNamed(id: string): Interruption<GcpClient> {
  const found = interruptions.find(each => each.id === id)
  if (!found) throw new Error(`no interruption ${id}`)
  return found
}

/** One interruption of one identity, with what it needs to be read, cut and written. */
export function subjectOf(town: Town, id: string, name: string, params: Json = {}, run = 'c0de') {
  const interruption = interruptionNamed(id)
  const context: Context = {
    run,
    now: town.lab.clock.now(),
    identity: town.identity(name),
    params: interruption.params.parse(params) as Json,
    exhausted: [],
  }
  const told = (reading: Reading): Context => ({
    ...context,
    ...(reading.seen === undefined ? {} : { seen: reading.seen }),
  })
  const read = async (client = town.client, held?: string[]) => {
    const reading = await interruption.read(client, { ...context, ...(held ? { held } : {}) })
    if (!reading) throw new Error(`${name} is gone`)
    return reading
  }
  return { interruption, context, told, read }
}
