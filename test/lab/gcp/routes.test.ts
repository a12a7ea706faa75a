import { describe, expect, it } from 'vitest'
import { predefinedRoles } from '../../../src/lab/gcp/roles.ts'
import { routes } from '../../../src/lab/gcp/routes/index.ts'
import type { Route } from '../../../src/lab/gcp/routes/route.ts'
import { largeGcp, seedGcp } from '../../../src/lab/gcp/seed/index.ts'
import type { GcpEstate } from '../../../src/lab/gcp/store.ts'
import { certify } from '../azure/x509.ts'
import { type Hq, start } from './hq.ts'

const AT = '2026-11-23T12:00:00.000Z'
const ORDERS = 'orders@acme-prod.iam.gserviceaccount.com'

/** Where each variable of a path leads to something that there is. */
const THERE: { [variable: string]: string } = {
  project: 'acme-prod',
  account: ORDERS,
  role: 'walked',
  predefined: 'viewer',
  pool: 'github',
  provider: 'gitlab',
  folder: '100200300401',
  organization: '998877665544',
  point: 'cloudresourcemanager.googleapis.com%2Fprojects%2Facme-prod',
  policy: 'no-new-keys',
  secret: 'orders-database',
  version: 'latest',
  constraint: 'iam.allowedPolicyMemberDomains',
  type: 'serviceAccountKeyLastAuthentication',
}

/** Parameters that cannot be made up from the names alone. */
async function detail({ call, gcp }: Hq, id: string, path: string): Promise<{ path: string; body?: object }> {
  const scope = { scope: ['https://www.googleapis.com/auth/cloud-platform'] }
  const parent = path.startsWith('/v3/folders') ? 'organizations/998877665544' : 'folders/100200300401'
  switch (id) {
    case 'cloudresourcemanager.projects.list':
    case 'cloudresourcemanager.folders.list':
      return { path: `${path}?parent=${parent}` }
    case 'iam.projects.serviceAccounts.create':
      return { path, body: { accountId: 'walked-account' } }
    case 'iam.projects.serviceAccounts.patch':
      return { path, body: { serviceAccount: { description: 'walked' }, updateMask: 'description' } }
    case 'iam.projects.serviceAccounts.delete':
      return { path: path.replace(ORDERS, 'walked-account@acme-prod.iam.gserviceaccount.com') }
    case 'iam.projects.serviceAccounts.undelete': {
      const [deleted] = gcp.estate().deletedAccounts ?? []
      return { path: path.replace(ORDERS, deleted?.account.uniqueId ?? '') }
    }
    case 'iam.projects.serviceAccounts.keys.upload':
      return { path, body: { publicKeyData: Buffer.from(certify('walked').pem).toString('base64') } }
    case 'iam.projects.roles.create':
    case 'iam.organizations.roles.create':
      return { path, body: { roleId: 'walked', role: { title: 'walked' } } }
    case 'iam.projects.roles.patch':
    case 'iam.organizations.roles.patch':
      return { path: `${path}?updateMask=title`, body: { title: 'walked again' } }
    case 'iam.projects.locations.workloadIdentityPools.create':
      return { path: `${path}?workloadIdentityPoolId=walked` }
    case 'iam.projects.locations.workloadIdentityPools.providers.create':
      return {
        path: `${path}?workloadIdentityPoolProviderId=walked`,
        body: { oidc: { issuerUri: 'https://tokens.acme.example' } },
      }
    case 'iam.policies.createPolicy':
      return { path: `${path}?policyId=walked`, body: { rules: [] } }
    case 'iam.policies.update':
      return { path, body: { rules: [], etag: (await call('GET', path)).body.etag } }
    case 'iamcredentials.projects.serviceAccounts.generateAccessToken':
      return { path, body: scope }
    case 'iamcredentials.projects.serviceAccounts.generateIdToken':
      return { path, body: { audience: 'https://acme.example', includeEmail: true } }
    case 'policytroubleshooter.iam.troubleshoot': {
      const fullResourceName = '//cloudresourcemanager.googleapis.com/projects/acme-prod'
      return {
        path,
        body: { accessTuple: { principal: ORDERS, fullResourceName, permission: 'iam.roles.get' } },
      }
    }
    case 'secretmanager.projects.secrets.addVersion':
      return { path, body: { payload: { data: btoa('walked') } } }
    case 'storage.projects.hmacKeys.update':
      return { path, body: { state: 'INACTIVE' } }
    case 'logging.entries.list':
      return { path, body: { resourceNames: ['projects/acme-prod'] } }
    case 'iam.projects.serviceAccounts.testIamPermissions':
      return { path, body: { permissions: ['iam.serviceAccounts.get'] } }
    case 'apikeys.keys.lookupKey':
      return { path: `${path}?keyString=${seedGcp(AT).apiKeys[0]?.keyString}` }
    default:
      if (id.endsWith('.patch'))
        return { path: `${path}?updateMask=displayName`, body: { displayName: 'walked' } }
      if (id.endsWith('.setIamPolicy')) {
        const got = path.replace('setIam', 'getIam')
        const isSecret = path.includes('/secrets/')
        const version = { options: { requestedPolicyVersion: 3 } }
        const read = isSecret ? await call('GET', got) : await call('POST', got, version)
        return { path, body: { policy: { ...read.body, version: 3 } } }
      }
      return path.endsWith('testIamPermissions')
        ? { path, body: { permissions: ['iam.serviceAccounts.get'] } }
        : { path }
  }
}

/** The responder as somebody who may do everything. */
function mightySeed(): GcpEstate {
  const estate = seedGcp(AT)
  const all = new Set([
    ...routes.flatMap(({ permissions }) => permissions),
    ...Object.values(predefinedRoles).flatMap(permissions => permissions ?? []),
  ])
  return {
    ...estate,
    denyPolicies: estate.denyPolicies.map(policy => ({ ...policy, rules: [] })),
    customRoles: estate.customRoles.map(role =>
      role.name.includes('incidentResponder') ? { ...role, permissions: [...all] } : role,
    ),
  }
}

/** A request that names a role of ours comes after the one that makes it. */
const made = (all: readonly Route[]) => {
  const makes = ({ id }: Route) => id.endsWith('.roles.create')
  return [...all.filter(makes), ...all.filter(route => !makes(route))]
}

describe('the methods of the lab', () => {
  it('all answer somebody who may call them, and nobody who may not', async () => {
    const hq = await start({ denyQuota: false, seed: mightySeed })
    const stranger = await hq.token('metrics-writer@acme-prod.iam.gserviceaccount.com')
    const estate = hq.gcp.estate()
    const answers: { [call: string]: number } = {}
    for (const { id, verb, path: pattern, open, resource, permissions } of made(routes)) {
      if (open === true || pattern.includes('{operation}')) continue
      const kind = pattern.split('/')[1] ?? ''
      const path = `/${pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
        if (name === 'scope' || name === 'resource') {
          return { projects: 'acme-prod', folders: '100200300401', organizations: '998877665544' }[kind] ?? ''
        }
        if (name !== 'key') return THERE[name] ?? `no-${name}`
        if (pattern.includes('hmacKeys')) return estate.hmacKeys[0]?.accessId ?? ''
        if (pattern.startsWith('v2/')) return estate.apiKeys[0]?.id ?? ''
        return estate.keys.find(({ email }) => email === ORDERS)?.id ?? ''
      })}`
      const { path: full, body } = await detail(hq, id, path)
      const sent = body ?? (verb === 'POST' ? {} : undefined)
      if (resource !== undefined && permissions.length > 0) {
        answers[`${verb} ${path} as a stranger`] = (await hq.call(verb, full, sent, stranger)).status
      }
      if (id !== 'iam.policies.delete') answers[`${verb} ${path}`] = (await hq.call(verb, full, sent)).status
    }
    const wrong = Object.entries(answers).filter(
      ([name, status]) => status !== (name.endsWith('stranger') ? 403 : 200),
    )
    expect(wrong).toEqual([])
    expect(Object.keys(answers).length).toBeGreaterThan(70)
  })

  it('list 20,000 accounts of 500 projects in a few seconds', async () => {
    const hq = await start({ seed: () => largeGcp(AT) })
    let count = 0
    for (let project = 0; project < 500; project += 1) {
      const id = `bench-${String(project).padStart(4, '0')}`
      const { body } = await hq.call('GET', `/v1/projects/${id}/serviceAccounts?pageSize=100`)
      count += body.accounts.length
    }
    expect(count).toBe(20_000)
  })
})
