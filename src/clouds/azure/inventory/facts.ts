import type { Facts, Identity } from '../../../model/identity.ts'
import { azureId } from '../names.ts'

const DAY_MS = 86_400_000

/** The facts that every kind has; what is not known is left out. */
export function common(
  of: {
    displayName: string | null | undefined
    tags?: { [key: string]: string }
    created?: string | null | undefined
    enabled: boolean
    lastUsed?: string | null | undefined
  },
  now: number,
): Facts {
  const created = time(of.created)
  const lastUsed = time(of.lastUsed)
  return {
    displayName: of.displayName ?? '',
    tags: of.tags ?? {},
    enabled: of.enabled,
    ...(created === undefined ? {} : { created }),
    ...(lastUsed === undefined ? {} : { lastUsed, unusedDays: daysSince(lastUsed, now) }),
  }
}

/** An identity whose name is the directory's own id for it, since a display name belongs to nobody alone. */
export function identity(
  tenant: string,
  kind: string,
  name: string,
  facts: Facts,
  more: { uid?: string; owner?: string } = {},
): Identity {
  const { uid = name, owner } = more
  return {
    id: azureId(tenant, kind, name),
    uid,
    cloud: 'azure',
    account: tenant,
    kind,
    name,
    ...(owner === undefined ? {} : { owner }),
    facts,
  }
}

/** Tags of the directory are texts; `key=value` is one of them by custom. */
export function tagsOf(tags: readonly string[] | null | undefined): { [key: string]: string } {
  return Object.fromEntries(
    (tags ?? []).map(tag => {
      const at = tag.indexOf('=')
      return at < 1 ? [tag, 'true'] : [tag.slice(0, at), tag.slice(at + 1)]
    }),
  )
}

export function time(text: string | null | undefined): string | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** GUIDs are the same in any case; their owners do not agree on one. */
export function sameGuid(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function daysSince(at: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(at)) / DAY_MS))
}
