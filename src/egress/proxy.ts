import { BlockList, isIP } from 'node:net'
import { Fault } from '../model/fault.ts'

type Environment = Readonly<NodeJS.ProcessEnv>

/** Lower case first, as curl has it. */
const VARIABLES = {
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const

/**
 * Never asked for through a proxy: this machine, and what only this machine can reach, which are the link-local metadata
 * services that hand out credentials.
 */
const OWN_NAMES = /^(localhost|.+\.localhost|metadata|metadata\.google\.internal)$/
const OWN_ADDRESSES = new BlockList()
OWN_ADDRESSES.addSubnet('127.0.0.0', 8, 'ipv4')
OWN_ADDRESSES.addSubnet('169.254.0.0', 16, 'ipv4')
OWN_ADDRESSES.addAddress('::1', 'ipv6')
OWN_ADDRESSES.addSubnet('fe80::', 10, 'ipv6')
// The metadata services of AWS and of Google Cloud over IPv6.
OWN_ADDRESSES.addSubnet('fd00:ec2::', 32, 'ipv6')
OWN_ADDRESSES.addAddress('fd20:ce::254', 'ipv6')

/** For libraries that read the environment themselves, and send everything else through the proxy. */
const OWN_LIST =
  'localhost,127.0.0.1,::1,[::1],169.254.169.254,169.254.170.2,169.254.170.23,metadata.google.internal,metadata.google.internal.'

/** Whether the environment names a proxy for anything. */
export function namesProxy(environment: Environment = process.env): boolean {
  return [...VARIABLES['https:'], ...VARIABLES['http:']].some(name => environment[name])
}

/**
 * The proxy for an address by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case of letters; undefined
 * for a direct connection.
 *
 * @throws Fault `usage` when the variable holds something that is not an HTTP proxy
 */
export function proxyFor(url: URL, environment: Environment = process.env): URL | undefined {
  const names = VARIABLES[url.protocol as keyof typeof VARIABLES]
  const name = names?.find(each => environment[each])
  const text = name === undefined ? undefined : environment[name]?.trim()
  if (name === undefined || !text || isDirect(url, environment)) return undefined
  const address = text.includes('://') ? text : `http://${text}`
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return new URL(address)
  // It may hold a password.
  throw new Fault('usage', `${name} is not the address of an HTTP proxy`, {
    where: name,
    next: `write it like ${name}=http://proxy.example:3128 (SOCKS is not supported)`,
  })
}

function isDirect(url: URL, environment: Environment): boolean {
  const host = bare(url.hostname)
  if (OWN_NAMES.test(host) || isIn(OWN_ADDRESSES, host)) return true
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const listed = environment['no_proxy'] ?? environment['NO_PROXY'] ?? ''
  return listed
    .toLowerCase()
    .split(/[\s,]+/)
    .some(entry => entry !== '' && matches(entry, host, port))
}

/** `*`, a host with all below it, an address, a range of addresses; each may have a port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const [, range, bits] = /^([\d.]+|[\da-f:]+)\/(\d+)$/.exec(entry) ?? []
  if (range !== undefined) return isInRange(host, range, Number(bits))
  const [, name = entry, only] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? []
  if (only !== undefined && only !== port) return false
  const listed = bare(name).replace(/^\*?\./, '')
  return listed !== '' && (host === listed || host.endsWith(`.${listed}`))
}

function isInRange(host: string, range: string, bits: number): boolean {
  const family = isIP(range) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(range) === 0 || isIP(host) !== isIP(range) || bits > (family === 'ipv6' ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(range, bits, family)
  return isIn(list, host)
}

function isIn(list: BlockList, host: string): boolean {
  const version = isIP(host)
  return version !== 0 && list.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

/** Without brackets and without the dot of a full name. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

/**
 * Tells libraries that read the environment themselves what is never asked for through a proxy. Idempotent; changes nothing
 * where no proxy is named.
 *
 * @param host one more that is connected to directly
 */
export function keepOwnDirect(environment: NodeJS.ProcessEnv = process.env, host?: string): void {
  if (!namesProxy(environment)) return
  const listed = environment['no_proxy'] ?? environment['NO_PROXY'] ?? ''
  const more = [OWN_LIST, ...(host === undefined ? [] : [host])].filter(each => !listed.includes(each))
  const all = [...(listed === '' ? [] : [listed]), ...more].join(',')
  environment['NO_PROXY'] = all
  environment['no_proxy'] = all
}

/** The proxy without its password, for messages. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`
}
