import { type Account, HOLDER } from './aws-account.ts'
import type { Part } from './aws-entities.ts'
import type { Members } from './recordings.ts'

/**
 * One account of many: of each name the first. The credential report is the longest; credentials whose ids were made the
 * same by those who recorded them are there once.
 */
export function mergedAccount([first, ...others]: readonly Account[]): Account {
  if (!first) throw new Error('no account was recorded')
  const all = [first, ...others]
  const union = <Value>(mapOf: (account: Account) => Map<string, Value>): Map<string, Value> => {
    const found = new Map<string, Value>()
    const names = new Set<string>()
    for (const [name, value] of all.flatMap(each => [...mapOf(each)])) {
      // IAM tells names apart without their case.
      if (!names.has(name.toLowerCase())) found.set(name, value)
      names.add(name.toLowerCase())
    }
    return found
  }
  const services: Account['services'] = { value: [], files: [] }
  for (const each of all) {
    const known = new Set(services.value.map(credential => credential['ServiceSpecificCredentialId']))
    services.value.push(...each.services.value.filter(one => !known.has(one['ServiceSpecificCredentialId'])))
    services.files.push(...each.services.files)
  }
  const users = union(({ users }) => users)
  const known = new Set<unknown>()
  for (const user of users.values()) {
    user.keys = unique(user.keys, 'AccessKeyId', known)
    user.sshKeys = unique(user.sshKeys, 'SSHPublicKeyId', known)
  }
  const roles = union(({ roles }) => roles)
  const policies = union(({ policies }) => policies)
  const holders = all.flatMap(({ roles }) => roles.get(HOLDER)?.attached?.value ?? [])
  const holder = roles.get(HOLDER)
  if (holder) roles.set(HOLDER, { ...holder, attached: { value: uniqueBy(holders, 'PolicyArn'), files: [] } })
  const reports = all.flatMap(({ report }) => report ?? [])
  const length = (report: Account['report']) => String(report?.value['Content'] ?? '').length
  return {
    ...first,
    name: 'all cases',
    users,
    roles,
    providers: union(({ providers }) => providers),
    policies,
    services,
    report: reports.sort((a, b) => length(b) - length(a))[0],
    summary: all.find(({ summary }) => summary)?.summary,
    aliases: all.find(({ aliases }) => aliases && aliases.value.length > 0)?.aliases,
    reportStates: [],
    refusals: new Map(),
  }
}

function uniqueBy(items: readonly Members[], member: string): Members[] {
  return [...new Map(items.map(each => [each[member], each])).values()]
}

/** A credential has one owner: those who recorded it gave some the same id. */
function unique(
  part: Part<readonly { readonly [name: string]: unknown }[]> | undefined,
  id: string,
  known: Set<unknown>,
) {
  if (!part) return undefined
  const value = part.value.filter(each => !known.has(each[id]))
  for (const each of value) known.add(each[id])
  return { value, files: part.files }
}
