/** A structured type of an OData schema; names are qualified without aliases, e.g. `microsoft.graph.application`. */
export interface StructuredType {
  readonly name: string
  readonly base: string | undefined
  readonly entity: boolean
  readonly properties: ReadonlyMap<string, Property>
}

export interface Property extends TypeUse {
  readonly navigation: boolean
}

export interface TypeUse {
  readonly type: string
  readonly collection: boolean
  readonly nullable: boolean
}

/** An action or a function that is bound to a type, its first parameter. */
export interface Operation {
  readonly name: string
  readonly action: boolean
  readonly boundTo: TypeUse
  readonly parameters: ReadonlyMap<string, TypeUse>
  readonly returns: TypeUse | undefined
}

export interface Csdl {
  readonly types: ReadonlyMap<string, StructuredType>
  readonly enums: ReadonlyMap<string, { flags: boolean; members: ReadonlySet<string> }>
  /** Entity sets and singletons. */
  readonly roots: ReadonlyMap<string, TypeUse>
  /** By name without namespace. */
  readonly operations: ReadonlyMap<string, readonly Operation[]>
}

interface Tag {
  name: string
  attributes: { readonly [name: string]: string }
  closes: boolean
  empty: boolean
}

const STRUCTURED = new Set(['EntityType', 'ComplexType'])

/**
 * Reads CSDL (OData 4, "CSDL XML representation"). Annotations are passed over.
 * @throws TypeError for what is no XML of schemas
 */
export function readCsdl(text: string): Csdl {
  const types = new Map<string, StructuredType>()
  const enums = new Map<string, { flags: boolean; members: Set<string> }>()
  const roots = new Map<string, TypeUse>()
  const operations = new Map<string, Operation[]>()
  const aliases = new Map<string, string>()
  let namespace = ''
  let annotation = 0
  let properties = new Map<string, Property>()
  let members = new Set<string>()
  let parameters: [string, TypeUse][] = []
  let returns: TypeUse | undefined

  const qualified = (name: string): string => {
    const at = name.lastIndexOf('.')
    const prefix = name.slice(0, Math.max(at, 0))
    return `${aliases.get(prefix) ?? prefix}${name.slice(Math.max(at, 0))}`
  }
  const used = (attributes: Tag['attributes'], type = attributes['Type'] ?? ''): TypeUse => {
    const inner = /^Collection\((.*)\)$/.exec(type)?.[1]
    return {
      type: qualified(inner ?? type),
      collection: inner !== undefined,
      nullable: attributes['Nullable'] !== 'false',
    }
  }
  const open = ({ name, attributes }: Tag) => {
    const own = attributes['Name'] ?? ''
    if (name === 'Schema') {
      namespace = attributes['Namespace'] ?? ''
      if (attributes['Alias']) aliases.set(attributes['Alias'], namespace)
    } else if (STRUCTURED.has(name)) {
      properties = new Map()
      const base = attributes['BaseType'] === undefined ? undefined : qualified(attributes['BaseType'])
      const full = `${namespace}.${own}`
      types.set(full, { name: full, base, entity: name === 'EntityType', properties })
    } else if (name === 'EnumType') {
      members = new Set()
      enums.set(`${namespace}.${own}`, { flags: attributes['IsFlags'] === 'true', members })
    } else if (name === 'Member') members.add(own)
    else if (name === 'Property') properties.set(own, { ...used(attributes), navigation: false })
    else if (name === 'NavigationProperty') properties.set(own, { ...used(attributes), navigation: true })
    else if (name === 'Action' || name === 'Function') {
      parameters = []
      returns = undefined
      current = attributes
    } else if (name === 'Parameter') parameters.push([own, used(attributes)])
    else if (name === 'ReturnType') returns = used(attributes)
    else if (name === 'EntitySet') {
      roots.set(own, { type: qualified(attributes['EntityType'] ?? ''), collection: true, nullable: false })
    } else if (name === 'Singleton') roots.set(own, used(attributes))
  }
  let current: Tag['attributes'] = {}
  const close = ({ name }: Tag) => {
    if (name !== 'Action' && name !== 'Function') return
    const [binding, ...rest] = parameters
    if (current['IsBound'] !== 'true' || !binding) return
    const own = current['Name'] ?? ''
    const operation = {
      name: own,
      action: name === 'Action',
      boundTo: binding[1],
      parameters: new Map(rest),
      returns,
    }
    operations.set(own, [...(operations.get(own) ?? []), operation])
  }

  for (const tag of tags(text)) {
    if (tag.name === 'Annotation' || tag.name === 'Annotations')
      annotation += tag.empty ? 0 : tag.closes ? -1 : 1
    else if (annotation > 0) continue
    else if (tag.closes) close(tag)
    else {
      open(tag)
      if (tag.empty) close(tag)
    }
  }
  if (types.size === 0) throw new TypeError('no schema in this text')
  return { types, enums, roots, operations }
}

function* tags(text: string): Generator<Tag> {
  for (const [, slash, name, rest = '', empty] of text.matchAll(
    /<(\/?)([A-Za-z][\w:.]*)((?:\s+[\w:.]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g,
  )) {
    const attributes: Record<string, string> = {}
    for (const [, key = '', double, single = ''] of rest.matchAll(
      /([\w:.]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
    )) {
      attributes[key] = double ?? single
    }
    yield { name: name ?? '', attributes, closes: slash === '/', empty: empty === '/' }
  }
}

/** Whether a type is another one or comes down from it. */
export function isA({ types }: Csdl, type: string, ancestor: string): boolean {
  for (let at: string | undefined = type; at !== undefined; at = types.get(at)?.base) {
    if (at === ancestor) return true
  }
  return false
}

/** A property of a type or of what it comes down from. */
export function propertyOf({ types }: Csdl, type: string, name: string): Property | undefined {
  for (let at: string | undefined = type; at !== undefined; at = types.get(at)?.base) {
    const found = types.get(at)?.properties.get(name)
    if (found) return found
  }
  return undefined
}

/** As {@link propertyOf}, and in the types that come down from it: what a query may name. */
export function propertyUnder(csdl: Csdl, type: string, name: string): Property | undefined {
  const own = propertyOf(csdl, type, name)
  if (own) return own
  for (const { name: candidate, properties } of csdl.types.values()) {
    const found = properties.get(name)
    if (found && isA(csdl, candidate, type)) return found
  }
  return undefined
}

/** The operations of a name that can be called on something of a type. */
export function operationsOn(csdl: Csdl, name: string, on: TypeUse): readonly Operation[] {
  const own = name.replace(/^.*\./, '')
  return (csdl.operations.get(own) ?? []).filter(
    ({ boundTo }) => boundTo.collection === on.collection && isA(csdl, on.type, boundTo.type),
  )
}
