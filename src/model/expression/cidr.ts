import { BlockList, isIP } from 'node:net'

const MOST_KNOWN = 1_000
const known = new Map<string, BlockList>()

/** Whether an address is in a network such as `203.0.113.0/24` or `2001:db8::/32`. False for a text that is not an address. */
export function inCidr(address: string, network: string): boolean {
  const family = isIP(address)
  return family !== 0 && listOf(network).check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** Why a network cannot be read, or undefined. */
export function cidrFlaw(network: string): string | undefined {
  try {
    listOf(network)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function listOf(network: string): BlockList {
  const found = known.get(network)
  if (found !== undefined) return found
  const [, base = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? []
  const family = isIP(base)
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
    throw new RangeError(`'${network}' is not a network such as "203.0.113.0/24"`)
  }
  const list = new BlockList()
  list.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(network, list)
  return list
}
