import { accountWord, cloudTitle } from '../toolkit/cloud-title.ts'
import { accountText } from './account.ts'
import { folded, type Page } from './page.ts'
import { count, plain } from './text.ts'

export interface AccountName {
  cloud: string
  account: string
}

/** A sentence that is true of several accounts. */
export interface Alike {
  /** With `*` in place of the account where there are several and the text names each. */
  text: string
  accounts: AccountName[]
}

/**
 * Groups what is said of accounts by its words, in the order given: texts that differ in nothing but the account's own name
 * are one. Takes time in proportion to the texts.
 */
export function alikeOf(said: readonly (AccountName & { text: string })[]): Alike[] {
  const groups = new Map<string, { first: string; accounts: Map<string, AccountName> }>()
  for (const { cloud, account, text } of said) {
    const words = account === '' ? text : text.replaceAll(account, '*')
    const key = JSON.stringify([cloud, words])
    const group = groups.get(key) ?? { first: text, accounts: new Map() }
    group.accounts.set(account, { cloud, account })
    groups.set(key, group)
  }
  return [...groups].map(([key, { first, accounts }]) => {
    const [, words] = JSON.parse(key) as [string, string]
    return { text: accounts.size === 1 ? first : words, accounts: [...accounts.values()] }
  })
}

/** `50 AWS accounts`. */
export function accountCount(accounts: readonly AccountName[]): string {
  const clouds = new Set(accounts.map(({ cloud }) => cloud))
  const [only = ''] = clouds
  if (clouds.size !== 1) return count(accounts.length, 'account')
  return count(accounts.length, `${cloudTitle(only)} ${accountWord(only)}`)
}

/** `111111111111, 222222222222, and 48 more`: the first `most`, or all on an unfolded page. */
export function accountNames(accounts: readonly AccountName[], most: number, page: Page): string {
  const { shown, more } = folded(accounts, most, page)
  const names = shown.map(({ account }) => plain(account)).join(', ')
  return more > 0 ? `${names}, and ${more} more` : names
}

/** `in 50 AWS accounts (111111111111, 222222222222, and 48 more)`. */
function inAccounts(accounts: readonly AccountName[], page: Page): string {
  return `in ${accountCount(accounts)} (${accountNames(accounts, 2, page)})`
}

/** Warnings of sessions, each text of several accounts once. */
export function warningTexts(warned: readonly (AccountName & { message: string })[], page: Page): string[] {
  const said = warned.map(({ cloud, account, message }) => ({ cloud, account, text: plain(message) }))
  return alikeOf(said).map(({ text, accounts }) =>
    accounts.length === 1 ? text : `${text}: ${inAccounts(accounts, page)}`,
  )
}

/** Accounts that were not reached, with the reason; those with the same reason together. */
export function unreachedGroups(
  unreached: readonly (AccountName & { fault: { message: string } })[],
  page: Page,
): { name: string; reason: string; accounts: readonly AccountName[] }[] {
  const said = unreached.map(({ cloud, account, fault }) => ({ cloud, account, text: plain(fault.message) }))
  return alikeOf(said).map(({ text: reason, accounts }) => {
    const [one] = accounts
    const isOne = accounts.length === 1 && one !== undefined
    const name = isOne ? accountText(one) : `${accountCount(accounts)} (${accountNames(accounts, 6, page)})`
    return { name, reason, accounts }
  })
}

/** `AWS 111111111111 was not reached: …`, `48 AWS accounts (…) were not reached: …`. */
export function unreachedTexts(unreached: Parameters<typeof unreachedGroups>[0], page: Page): string[] {
  return unreachedGroups(unreached, page).map(
    ({ name, reason, accounts }) =>
      `${name} ${accounts.length === 1 ? 'was' : 'were'} not reached: ${reason}`,
  )
}
