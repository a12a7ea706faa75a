import type { Identity } from '../model/identity.ts'
import { calledOf } from './identity.ts'
import { folded, type Page, relative } from './page.ts'
import { table } from './table.ts'
import { count, plain } from './text.ts'

export function inventoryText(identities: readonly Identity[], page: Page): string {
  if (identities.length === 0) return 'no identities\n'
  const { shown, more } = folded(identities, 60, page)
  const accounts = new Set(identities.map(({ account }) => account))
  const called = new Map(identities.map(identity => [identity.id, calledOf(identity)]))
  const lines = table<Identity>(
    [
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'NAME', value: calledOf, least: 20 },
      {
        title: 'OF',
        value: ({ owner }) =>
          owner === undefined ? '' : (called.get(owner) ?? owner.slice(owner.indexOf('/') + 1)),
        least: 10,
      },
      {
        title: 'STATE',
        value: ({ facts }) => (facts['enabled'] === false ? 'off' : ''),
        paint: () => page.paint.faint,
      },
      { title: 'LAST USED', value: ({ facts }) => usedText(facts['lastUsed'], page.now) },
      ...(accounts.size > 1
        ? [{ title: 'ACCOUNT', value: ({ account }: Identity) => account, optional: 1 }]
        : []),
      // What an expression or a plan needs, where the name is not it.
      ...(shown.some(identity => calledOf(identity) !== plain(identity.name))
        ? [{ title: 'ID', value: ({ name }: Identity) => name, optional: 2 }]
        : []),
    ],
    shown,
    page,
  )
  if (more > 0) lines.push(`… and ${more} more (interdict inventory --all)`)
  const kinds = new Map<string, number>()
  for (const { kind } of identities) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const counts = [...kinds].map(([kind, number]) => `${number} ${kind}`).join(', ')
  lines.push('', `${count(identities.length, 'identity', 'identities')}: ${counts}`)
  return `${lines.join('\n')}\n`
}

function usedText(lastUsed: Identity['facts'][string] | undefined, now: string): string {
  if (typeof lastUsed === 'string') return relative(lastUsed, now)
  return lastUsed === null ? 'never' : ''
}
