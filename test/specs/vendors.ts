import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { armJudge, type Preview } from './arm.ts'
import { armOperations } from './arm-clients.ts'
import { looseVerdict } from './arm-loose.ts'
import { readCsdl } from './csdl.ts'
import { type DiscoveryDocument, discoveryJudge } from './discovery.ts'
import type { Verdict, WireExchange } from './exchange.ts'
import { graphVerdicts } from './graph.ts'
import { type PermissionMap, readPermissionMap } from './permission-map.ts'

export type Judge = (exchange: WireExchange) => Iterable<Verdict>

const GOOGLE = [
  'apikeys.v2',
  'cloudasset.v1',
  'cloudresourcemanager.v3',
  'iam.v1',
  'iam.v2',
  'iamcredentials.v1',
  'logging.v2',
  'orgpolicy.v2',
  'policyanalyzer.v1',
  'policytroubleshooter.v3',
  'secretmanager.v1',
  'storage.v1',
  'sts.v1',
]

/** Google's discovery documents, from the package of its Python client. */
export function google(): Judge {
  const python = process.env['INTERDICT_TEST_PYTHON']
  if (!python) throw new Error('run this suite with: npm run test:specs')
  const code = 'import googleapiclient, os; print(os.path.dirname(googleapiclient.__file__))'
  const home = execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim()
  const documentsIn = join(home, 'discovery_cache', 'documents')
  const documents = GOOGLE.map(
    name => JSON.parse(readFileSync(join(documentsIn, `${name}.json`), 'utf8')) as DiscoveryDocument,
  )
  const { judge } = discoveryJudge(documents)
  return exchange => [judge(exchange)]
}

/** The folder of Graph's schema and permission map; nothing when it was not given. */
const specs = process.env['INTERDICT_SPECS']

/** Microsoft Graph's schema; nothing when it was not given. */
export function graph(): Judge | undefined {
  if (!specs) return undefined
  const csdl = readCsdl(readFileSync(join(specs, 'msgraph-v1.0.csdl.xml'), 'utf8'))
  return exchange => graphVerdicts(csdl, exchange)
}

export function permissionMap(): PermissionMap | undefined {
  return specs ? readPermissionMap(readFileSync(join(specs, 'msgraph-permissions.json'), 'utf8')) : undefined
}

const AUTHORIZATION = 'providers/Microsoft.Authorization'
const DENY = `/{scope}/${AUTHORIZATION}/denyAssignments/{denyAssignmentId}`
const RIGHTS = `/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}/${AUTHORIZATION}/permissions`

const PREVIEWS: readonly Preview[] = [
  // Made by a version of the API that no published client has yet; read they are alike.
  { method: 'PUT', path: DENY, like: { method: 'GET', path: DENY }, status: [200, 201] },
  { method: 'DELETE', path: DENY, like: { method: 'GET', path: DENY }, status: [200, 204] },
  // It is there at every scope (Azure/azure-rest-api-specs#19473); the description has it of groups and resources.
  {
    method: 'GET',
    path: `/{scope}/${AUTHORIZATION}/permissions`,
    like: { method: 'GET', path: RIGHTS },
    status: [200],
  },
]

/** Azure Resource Manager, by the mappers of its generated clients. */
export function arm(): Judge {
  const { judge } = armJudge(armOperations(), PREVIEWS)
  return exchange => [looseVerdict(exchange) ?? judge(exchange)]
}

export type Vendor = 'google' | 'graph' | 'arm'

const VENDORS: readonly (readonly [Vendor | 'nobody', RegExp])[] = [
  ['google', /^\/(?:v[123]\/|storage\/v1\/)/],
  ['graph', /^\/(?:v1\.0|beta)\//],
  ['arm', /^\/(?:subscriptions|providers)(?:[/?]|$)/i],
  // AWS, that botocore judges; token endpoints (OAuth's); data planes; the lab's own control.
  ['nobody', /^\/$|^\/token(?:info)?(?:\?|$)|^\/[^/]+\/oauth2\/|^\/(?:vault|metadata|_lab)(?:\/|$)/],
]

/** Whose description says what it should be, by its path; `undefined` for a path that nobody is known to have. */
export function vendorOf({ url }: WireExchange): Vendor | 'nobody' | undefined {
  return VENDORS.find(([, pattern]) => pattern.test(url))?.[0]
}

/** Where the traffic was written down. */
export function folder(): string {
  const given = process.env['INTERDICT_TEST_RECORD']
  if (!given) throw new Error('run this suite with: npm run test:specs')
  return given
}

/** All that was recorded, one exchange after the other. */
export function* recorded(from: string): Generator<WireExchange> {
  for (const name of readdirSync(from).filter(each => each.endsWith('.ndjson'))) {
    for (const line of readFileSync(join(from, name), 'utf8').split('\n')) {
      if (line !== '') yield JSON.parse(line) as WireExchange
    }
  }
}
