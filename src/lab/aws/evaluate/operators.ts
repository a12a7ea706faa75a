import { BlockList, isIP } from 'node:net'
import { literalText, matchesArn, matchesWildcard } from './wildcard.ts'

type Test = (wanted: string, actual: string) => boolean

/** Operators that are true where their opposite is false. Lower case. */
export const NEGATED: { readonly [name: string]: string | undefined } = {
  stringnotequals: 'stringequals',
  stringnotequalsignorecase: 'stringequalsignorecase',
  stringnotlike: 'stringlike',
  arnnotequals: 'arnequals',
  arnnotlike: 'arnlike',
  notipaddress: 'ipaddress',
  numericnotequals: 'numericequals',
  datenotequals: 'dateequals',
}

/** Operators in whose values `*` and `?` are wildcards. */
const WILD = new Set(['stringlike', 'arnequals', 'arnlike'])

/** The test of an operator given in lower case and without "Not", set prefix and `IfExists`. */
export function compare(operator: string): Test | undefined {
  const test = Object.hasOwn(TESTS, operator) ? TESTS[operator] : undefined
  return test === undefined || WILD.has(operator)
    ? test
    : (wanted, actual) => test(literalText(wanted), actual)
}

const TESTS: { readonly [operator: string]: Test } = {
  stringequals: (wanted, actual) => wanted === actual,
  stringequalsignorecase: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
  stringlike: matchesWildcard,
  // "ArnEquals and ArnLike behave identically" (IAM JSON policy elements: Condition operators).
  arnequals: matchesArn,
  arnlike: matchesArn,
  bool: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
  ipaddress: inRange,
  binaryequals: (wanted, actual) => wanted === actual,
  ...ordered('numeric', Number),
  ...ordered('date', moment),
}

function ordered(prefix: string, read: (text: string) => number): { [operator: string]: Test } {
  return {
    [`${prefix}equals`]: (wanted, actual) => read(actual) === read(wanted),
    [`${prefix}lessthan`]: (wanted, actual) => read(actual) < read(wanted),
    [`${prefix}lessthanequals`]: (wanted, actual) => read(actual) <= read(wanted),
    [`${prefix}greaterthan`]: (wanted, actual) => read(actual) > read(wanted),
    [`${prefix}greaterthanequals`]: (wanted, actual) => read(actual) >= read(wanted),
  }
}

/** ISO 8601, or seconds since 1970 as AWS also takes them; NaN, which compares false, for anything else. */
function moment(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}

const ranges = new Map<string, BlockList | undefined>()

function inRange(range: string, address: string): boolean {
  let list = ranges.get(range)
  if (list === undefined && !ranges.has(range)) {
    list = blockList(range)
    ranges.set(range, list)
  }
  const version = isIP(address)
  // Node's list finds IPv4 addresses in ranges of IPv6 too; AWS compares addresses of one family (the range `::/0` is not
  // all addresses).
  const ofFamily = isIP(range.split('/')[0] ?? '') === version
  return (
    list !== undefined && version !== 0 && ofFamily && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
  )
}

function blockList(range: string): BlockList | undefined {
  const [address = '', prefix] = range.split('/')
  const version = isIP(address)
  if (version === 0) return undefined
  const longest = version === 6 ? 128 : 32
  const bits = prefix === undefined ? longest : Number(prefix)
  if (!Number.isInteger(bits) || bits < 0 || bits > longest) return undefined
  const list = new BlockList()
  list.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4')
  return list
}
