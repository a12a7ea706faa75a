/**
 * A reason that keeps an identity from being touched:
 * - `self`: we are it, came through it, or sign in with it
 * - `provider`: the cloud's own; by its path, its tenant or its domain, none of which an identity writes itself
 * - `administrator`: the organization, the tenant or a subscription is run by it
 * - `name`: it is called like something that must not be cut
 * - `mark`: a tag, a description, or another rule of the playbook's `protect`
 *
 * The first two are never overruled. The others rest on what an attacker may be or write, so a person may overrule them.
 */
export const SPARE_CLASSES = ['self', 'provider', 'administrator', 'name', 'mark'] as const

/** One of `SPARE_CLASSES`. */
export type SpareClass = (typeof SPARE_CLASSES)[number]

/** Why an identity is spared. */
export interface Spare {
  because: string
  class: SpareClass
  /** Members of the identity that it rests on, where the identity might write them itself, e.g. `tags`. */
  reads?: readonly string[]
  /** Further reasons, all of which can be overruled; none when the first cannot be. */
  also?: readonly Spare[]
}

/** Whether nobody may overrule it. */
export function isAbsolute({ class: of }: Pick<Spare, 'class'>): boolean {
  return of === 'self' || of === 'provider'
}

/** All reasons, each by itself. */
export function reasonsOf({ also = [], ...first }: Spare): readonly Spare[] {
  return [first, ...also]
}

/**
 * Several reasons as one spare: the first that cannot be overruled if there is one, else all of them in their order.
 * Undefined when there is none.
 */
export function spareOf(reasons: readonly (Spare | undefined)[]): Spare | undefined {
  const all = reasons.flatMap(each => (each === undefined ? [] : reasonsOf(each)))
  const absolute = all.find(isAbsolute)
  if (absolute) return absolute
  const [first, ...also] = all
  return first && (also.length === 0 ? first : { ...first, also })
}

/** The reasons in words. */
export function becauseOf(spare: Spare): string {
  return reasonsOf(spare)
    .map(({ because }) => because)
    .join('; ')
}

/** A reason as people read it: with the doubt, where there is one. */
export function spareText({ because, doubtful }: { because: string; doubtful?: string | undefined }): string {
  return doubtful === undefined ? because : `${because} (doubtful: ${doubtful})`
}

const PROTECTED_TAGS = ['interdict:protected', 'nhi-contain:protected']

/**
 * The spare of our own protecting tag. A tag can be set by everybody who may tag, an attacker too, so that it is shown, doubted
 * where that is known, and can be overruled.
 */
export function taggedProtected(tags: unknown): Spare | undefined {
  if (tags === null || typeof tags !== 'object' || Array.isArray(tags)) return undefined
  // AWS and Azure compare tag keys without regard to case.
  const tag = Object.entries(tags)
    .filter(([key, value]) => PROTECTED_TAGS.includes(key.toLowerCase()) && /^true$/i.test(String(value)))
    .map(([key]) => key)[0]
  return tag === undefined ? undefined : { because: `tagged ${tag}`, class: 'mark', reads: ['tags'] }
}
