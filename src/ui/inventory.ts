import type { Identity } from '../model/identity.ts'
import { calledOf, type Names, namesOf } from '../model/identity-text.ts'
import { cloudTitle } from '../toolkit/cloud-title.ts'
import { folded, type Page, relative, tableOf } from './page.ts'
import { table } from './table.ts'
import { count, plain, wrap } from './text.ts'

/** Rows in all, and at least of one account. */
const FOLD = { rows: 60, least: 12 }

/** A table, or one for each account where there are several; credentials stand below whom they belong to. */
export function inventoryText(identities: readonly Identity[], page: Page): string {
  if (identities.length === 0) return 'no identities\n'
  const names = namesOf(identities)
  const byAccount = [
    ...Map.groupBy(identities, ({ cloud, account }) => `${cloudTitle(cloud)} ${plain(account)}`),
  ]
  const single = byAccount.length === 1
  const most = Math.max(FOLD.least, Math.floor(FOLD.rows / byAccount.length))
  const lines = byAccount.flatMap(([title, own]) => {
    const { shown, more } = folded(inOrder(own), most, tableOf(page))
    return [
      ...(single ? [] : [page.paint.strong(title)]),
      ...rows(shown, names, page),
      ...(more > 0 ? [page.paint.faint(`… and ${more} more (--all shows them)`)] : []),
      ...(single ? [] : ['']),
    ]
  })
  const kinds = Map.groupBy(identities, ({ kind }) => kind)
  const counts = [...kinds].map(([kind, { length }]) => `${length} ${plain(kind)}`).join(', ')
  const total = `${count(identities.length, 'identity', 'identities')}: ${counts}`
  return `${[...lines, ...(single ? [''] : []), ...wrap(total, page.columns)].join('\n')}\n`
}

/** By kind and by what people call it; each followed by the credentials that it owns. */
function inOrder(identities: readonly Identity[]): Identity[] {
  const listed = new Set(identities.map(({ id }) => id))
  const owned = Map.groupBy(identities, ({ owner }) =>
    owner !== undefined && listed.has(owner) ? owner : '',
  )
  const kinds = [...new Set(identities.map(({ kind }) => kind))]
  const first = [...(owned.get('') ?? [])].sort(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      (calledOf(a).toLowerCase() < calledOf(b).toLowerCase() ? -1 : 1),
  )
  return first.flatMap(identity => [identity, ...(owned.get(identity.id) ?? [])])
}

function rows(identities: readonly Identity[], names: Names, page: Page): string[] {
  return table<Identity>(
    [
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'NAME', value: shortOf, least: 20 },
      { title: 'OF', value: identity => ownerOf(identity, names), least: 10 },
      {
        title: 'STATE',
        value: ({ facts }) => (facts['enabled'] === false ? 'off' : ''),
        paint: () => page.paint.faint,
      },
      { title: 'LAST USED', value: ({ facts }) => usedText(facts['lastUsed'], page.now) },
      // The id that an expression or a plan needs, if the name is not it.
      ...(identities.some(identity => shortOf(identity) !== plain(identity.name))
        ? [{ title: 'ID', value: ({ name }: Identity) => name, optional: 2 }]
        : []),
    ],
    identities,
    page,
  )
}

function ownerOf({ owner, facts }: Identity, names: Names): string {
  if (owner === undefined) return ''
  const known = names.get(owner)
  if (known) return shortOf(known)
  const { ownerName } = facts
  return typeof ownerName === 'string' && ownerName !== ''
    ? ownerName
    : owner.slice(owner.indexOf('/') + 1).replace(/\.iam\.gserviceaccount\.com$/, '')
}

/** Every account of a service ends alike, and what tells them apart is before it. */
function shortOf(identity: Identity): string {
  return calledOf(identity).replace(/\.iam\.gserviceaccount\.com$/, '')
}

function usedText(lastUsed: Identity['facts'][string] | undefined, now: string): string {
  if (typeof lastUsed === 'string') return relative(lastUsed, now)
  return lastUsed === null ? 'never' : ''
}
