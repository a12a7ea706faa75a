import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { commonFacts, credentialIdentity } from './common-facts.ts'

/** As API Keys v2 lists it: without the key itself, which is never asked for. */
interface ApiKey {
  /** `projects/<number>/locations/global/keys/<uid>` */
  name?: string
  uid?: string
  displayName?: string
  createTime?: string
  deleteTime?: string
  serviceAccountEmail?: string
  restrictions?: {
    browserKeyRestrictions?: { allowedReferrers?: string[] }
    serverKeyRestrictions?: { allowedIps?: string[] }
    androidKeyRestrictions?: object
    iosKeyRestrictions?: object
    apiTargets?: { service?: string }[]
  }
}

/** The API keys of the project. The last part of the name is the key's id and for ever; the display name is not. */
export async function* apiKeys(client: GcpClient): AsyncGenerator<Identity> {
  const now = client.timing.date()
  const pages = client.pages<ApiKey>(
    gcpCall(
      'GET',
      'apikeys.projects.locations.keys.list',
      `/v2/projects/${client.projectNumber}/locations/global/keys`,
      { query: { pageSize: '300' } },
    ),
  )
  for await (const { name = '', uid, displayName = '', restrictions = {}, ...key } of pages) {
    if (key.deleteTime !== undefined) continue
    const ips = restrictions.serverKeyRestrictions?.allowedIps ?? []
    yield credentialIdentity(client, {
      kind: 'api-key',
      name: name.split('/').at(-1) ?? '',
      ...(uid === undefined ? {} : { uid }),
      email: key.serviceAccountEmail || undefined,
      facts: {
        ...commonFacts({ enabled: !isNowhere(ips), disabledBy: 'user', created: key.createTime }, now),
        displayName,
        restriction: restrictionOf(restrictions),
        ips,
        referrers: restrictions.browserKeyRestrictions?.allowedReferrers ?? [],
        apis: (restrictions.apiTargets ?? []).flatMap(({ service }) => (service ? [service] : [])),
      },
    })
  }
}

function restrictionOf(restrictions: NonNullable<ApiKey['restrictions']>): string {
  const kinds = ['server', 'browser', 'android', 'ios'] as const
  return kinds.find(kind => `${kind}KeyRestrictions` in restrictions) ?? ''
}

/**
 * There is no switch on an API key. One that is good for this address alone, which documentation has to itself (RFC 5737),
 * is off: so are those that were contained.
 */
function isNowhere(ips: readonly string[]): boolean {
  return ips.length === 1 && ips[0] === '192.0.2.1'
}
