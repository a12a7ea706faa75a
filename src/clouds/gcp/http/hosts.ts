import { Fault } from '../../../model/fault.ts'

/** The services that are called, by the first part of their host name. */
export type GcpService =
  | 'iam'
  | 'iamcredentials'
  | 'cloudresourcemanager'
  | 'apikeys'
  | 'storage'
  | 'cloudasset'
  | 'policytroubleshooter'
  | 'policyanalyzer'
  | 'orgpolicy'
  | 'secretmanager'
  | 'logging'
  | 'oauth2'
  | 'sts'

/** The only places that a token of ours is ever sent to. */
export interface Hosts {
  /** `googleapis.com`, or the domain of a sovereign cloud. */
  universe: string
  /** One endpoint in place of all services: a lab or an emulator. Without a trailing slash. */
  override: string | undefined
  /** Scheme, host and port. */
  origin(service: GcpService): string
}

export const DEFAULT_UNIVERSE = 'googleapis.com'

/** @throws Fault for a domain or an endpoint that cannot be one */
export function hostsOf(universe: string = DEFAULT_UNIVERSE, endpoint?: string): Hosts {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(universe)) {
    throw new Fault('usage', `not a universe domain: ${universe}`, { where: 'GOOGLE_CLOUD_UNIVERSE_DOMAIN' })
  }
  const override = endpoint === undefined ? undefined : endpointOf(endpoint)
  return { universe, override, origin: service => override ?? `https://${service}.${universe}` }
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url?.protocol === 'http:' && isLoopback(url.hostname)
  if (!url || !(plain || url.protocol === 'https:') || url.username || url.pathname !== '/' || url.search) {
    throw new Fault('usage', `not an endpoint: ${text}`, {
      where: 'INTERDICT_GCP_ENDPOINT',
      next: 'give https://host[:port], or http://127.0.0.1:port for an emulator on this machine',
    })
  }
  return url.origin
}

/** A token over plain HTTP may not leave the machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
