import { isObject } from './exchange.ts'

/** The permissions with which an application may call one request of Microsoft Graph. */
export interface Allowed {
  /** Every permission that allows it. */
  all: ReadonlySet<string>
  /** Those of them that the map calls the least privileged for applications. */
  least: ReadonlySet<string>
  /** The least privileged for people's sessions that an application may have as well. */
  delegatedLeast: ReadonlySet<string>
}

export type PermissionMap = (method: string, template: string) => Allowed | undefined

/**
 * Reads Microsoft Graph's permission map (microsoftgraph/microsoft-graph-devx-content, permissions.json).
 * @throws TypeError for what is no such map
 */
export function readPermissionMap(text: string): PermissionMap {
  const file: unknown = JSON.parse(text)
  if (!isObject(file) || !isObject(file['permissions'])) throw new TypeError('no permissions in this map')
  const found = new Map<string, { all: Set<string>; least: Set<string>; delegatedLeast: Set<string> }>()
  for (const [permission, { pathSets }] of Object.entries(
    file['permissions'] as { [name: string]: RawPermission },
  )) {
    for (const { schemeKeys, methods, paths } of pathSets) {
      if (!schemeKeys.includes('Application')) continue
      for (const [path, marks] of Object.entries(paths)) {
        const least = /(?:^|;)least=([^;]*)/.exec(marks)?.[1]?.split(',') ?? []
        for (const method of methods) {
          const key = `${method} ${normal(path)}`
          const entry = found.get(key) ?? { all: new Set(), least: new Set(), delegatedLeast: new Set() }
          found.set(key, entry)
          entry.all.add(permission)
          if (least.includes('Application')) entry.least.add(permission)
          if (least.includes('DelegatedWork')) entry.delegatedLeast.add(permission)
        }
      }
    }
  }
  // A link is made and removed at `…/$ref`; the map has it without as often as not.
  return (method, template) =>
    found.get(`${method} ${normal(template)}`) ??
    found.get(`${method} ${normal(template.replace(/\/\$ref$/, ''))}`)
}

interface RawPermission {
  pathSets: { schemeKeys: string[]; methods: string[]; paths: { [path: string]: string } }[]
}

const normal = (path: string): string => path.toLowerCase().replace(/\{[^}]*\}/g, '{id}')

/**
 * Returns the mistake in a declared permission. Permissions for what the caller owns (`….OwnedBy`) are the least on paper;
 * a responder does not own what it stops, so the next is the least there is: what the map calls least for people.
 */
export function declarationProblem(
  map: PermissionMap,
  operation: string,
  declared: string,
): string | undefined {
  const [method = '', template = ''] = operation.split(' ')
  const allowed = map(method, template)
  if (!allowed) return `${operation}: the map has no such request`
  if (!allowed.all.has(declared)) {
    return `${operation}: ${declared} does not allow it; ${[...allowed.all].join(', ')} would`
  }
  const usable = [...allowed.least].filter(name => !name.endsWith('.OwnedBy'))
  const least = usable.length > 0 ? usable : [...allowed.delegatedLeast]
  if (least.length > 0 && !least.includes(declared)) {
    return `${operation}: ${declared} is more than ${least.join(', ')}`
  }
  return undefined
}
