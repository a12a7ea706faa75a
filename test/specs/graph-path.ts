import { type Csdl, isA, type Operation, operationsOn, propertyOf, type TypeUse } from './csdl.ts'

/** The target of a path of Graph. */
export interface Target {
  /** As permission maps have it, in lower case: `/serviceprincipals/{id}/approleassignments`. */
  template: string
  /** Of the thing itself; nothing after an action that returns nothing. */
  use: TypeUse | undefined
  /** Callable at the end of the path. */
  operations: readonly Operation[]
  /** A trailing `$ref`, `$count` or `$value`. */
  suffix: '$ref' | '$count' | '$value' | undefined
}

/** Follows a path (after the version, without query) through the schema. A text says where it ends in nothing. */
export function follow(csdl: Csdl, path: string): Target | string {
  const segments = path.split('/').filter(Boolean).map(decode)
  const [first = '', ...rest] = segments
  const head = keyed(first)
  const root = csdl.roots.get(head.name)
  if (!root) return `there is no /${head.name}`
  let target: Target = { template: `/${head.name}`, use: root, operations: [], suffix: undefined }
  if (head.key !== undefined) target = withKey(target, head.key)
  for (const segment of rest) {
    const next = step(csdl, target, segment)
    if (typeof next === 'string') return next
    target = next
  }
  return { ...target, template: target.template.toLowerCase() }
}

function step(csdl: Csdl, at: Target, segment: string): Target | string {
  const { use, template } = at
  if (at.suffix) return `nothing comes after ${at.suffix}`
  if (!use) return `nothing comes after ${template}`
  if (segment === '$ref' || segment === '$count' || segment === '$value') {
    return { ...at, template: `${template}/${segment}`, suffix: segment, operations: [] }
  }
  const { name, key } = keyed(segment)
  if (csdl.types.has(name)) {
    if (!isA(csdl, name, use.type) && !isA(csdl, use.type, name)) return `${name} is no ${use.type}`
    return { ...at, template: `${template}/${name}`, use: { ...use, type: name }, operations: [] }
  }
  const operations = operationsOn(csdl, name, use)
  const [operation] = operations
  if (operation)
    return { template: `${template}/${segment}`, use: operation.returns, operations, suffix: undefined }
  if (use.collection) return withKey(at, undefined)
  const property = propertyOf(csdl, use.type, name)
  if (!property) return `${use.type} has no ${name}`
  const found: Target = { template: `${template}/${name}`, use: property, operations: [], suffix: undefined }
  return key === undefined ? found : withKey(found, key)
}

function withKey(at: Target, key: string | undefined): Target {
  const alternate = key === undefined ? undefined : /^(\w+)=/.exec(key)?.[1]
  return {
    ...at,
    template: alternate ? `${at.template}(${alternate}={value})` : `${at.template}/{id}`,
    use: at.use && { ...at.use, collection: false },
    operations: [],
  }
}

function keyed(segment: string): { name: string; key?: string } {
  const [, name, key] = /^([^(]*)\((.+)\)$/s.exec(segment) ?? []
  return name !== undefined && key !== undefined ? { name, key } : { name: segment.replace(/\(\)$/, '') }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
