import { routes } from './routes/index.ts'
import type { Route } from './routes/route.ts'

export interface Match {
  route: Route
  path: { readonly [name: string]: string }
}

interface Pattern {
  route: Route
  parts: readonly RegExp[]
  names: readonly string[]
}

const patterns: readonly Pattern[] = routes.map(route => {
  const names: string[] = []
  const parts = route.path.split('/').map(part => {
    const source = part.replace(/[.]/g, '\\.').replace(/\{(\w+)\}/, (_, name: string) => {
      names.push(name)
      // The part after a colon is a verb of its own.
      return '([^:]+)'
    })
    return new RegExp(`^${source}$`, 's')
  })
  return { route, parts, names }
})

const byShape = Map.groupBy(patterns, ({ route, parts }) => `${route.verb} ${parts.length}`)

/** @param segments of the path, decoded */
export function match(verb: string, segments: readonly string[]): Match | undefined {
  for (const { route, parts, names } of byShape.get(`${verb} ${segments.length}`) ?? []) {
    const values: string[] = []
    const fits = parts.every((part, at) => {
      const found = part.exec(segments[at] ?? '')
      if (found?.[1] !== undefined) values.push(found[1])
      return found !== null
    })
    if (fits) return { route, path: Object.fromEntries(names.map((name, at) => [name, values[at] ?? ''])) }
  }
  return undefined
}

/**
 * Parts of a path. The attachment point of a deny policy is one part with slashes in it, which some clients encode
 * once (`%2F`) and Google's own REST fallback twice (`%252F`): both reach the same field.
 */
export function segmentsOf(path: string): string[] | undefined {
  try {
    return path
      .slice(1)
      .split('/')
      .map(segment => {
        const once = decodeURIComponent(segment)
        return /^cloudresourcemanager\.googleapis\.com%2F/i.test(once) ? decodeURIComponent(once) : once
      })
  } catch {
    return undefined
  }
}
