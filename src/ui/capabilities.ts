import { type Answer, type Capabilities, type Capability, type Missing, STAGES } from '../model/capability.ts'
import { VERBS } from '../model/interruption.ts'

export interface CapabilityLine {
  sign: '✔' | '!' | '?' | '✖'
  text: string
}

/**
 * Capabilities in one account, folded: a line for each group of interruptions that have the same answers. The
 * good ones come first, the worst last.
 */
export function capabilityLines(all: readonly Capabilities[]): CapabilityLine[] {
  const groups = [...grouped(all).values()].map(members => ({
    ids: members.map(({ interruption }) => interruption),
    sign: signOf(members),
    says: says(members),
  }))
  // Verbs of which the same is said share a line.
  const lines = new Map<string, { ids: string[]; sign: CapabilityLine['sign'] }>()
  for (const { ids, sign, says } of groups) {
    const known = lines.get(says)
    if (known) known.ids.push(...ids)
    else lines.set(says, { ids, sign })
  }
  const every = all.map(({ interruption }) => interruption)
  return [...lines]
    .map(([says, { ids, sign }]) => ({ sign, text: `${names(ids, every)}: ${says}` }))
    .sort((a, b) => SIGNS.indexOf(a.sign) - SIGNS.indexOf(b.sign))
}

const SIGNS = ['✔', '!', '?', '✖'] as const

const SIGN_OF: { readonly [answer in Answer]: CapabilityLine['sign'] } = {
  can: '✔',
  partly: '!',
  unavailable: '!',
  unknown: '?',
  cannot: '✖',
}

function signOf(members: readonly Capabilities[]): CapabilityLine['sign'] {
  const stages = members.flatMap(each => STAGES.map(stage => each[stage]))
  const signs = stages.map(({ answer, why }) => (answer === 'can' && why ? '!' : SIGN_OF[answer]))
  return SIGNS.findLast(sign => signs.includes(sign)) ?? '✔'
}

/** With the same answers and reasons; where permissions are missing also of the same verb, so that the list says which. */
function grouped(all: readonly Capabilities[]): Map<string, Capabilities[]> {
  const groups = new Map<string, Capabilities[]>()
  for (const each of all) {
    const isMissing = STAGES.some(stage => each[stage].missing !== undefined)
    const key = JSON.stringify([
      isMissing ? verbOf(each.interruption) : '',
      ...STAGES.map(stage => [each[stage].answer, each[stage].why ?? []]),
    ])
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return groups
}

/** `quarantine, disable (user, role)`: without the kinds where all that have the verb are among them. */
function names(ids: readonly string[], every: readonly string[]): string {
  const verbs: readonly string[] = VERBS
  return [...new Set(ids.map(verbOf))]
    .sort((a, b) => verbs.indexOf(a) - verbs.indexOf(b))
    .map(verb => {
      const own = ids.filter(id => verbOf(id) === verb)
      const all = every.filter(id => verbOf(id) === verb)
      return own.length === all.length ? verb : `${verb} (${own.map(kindOf).join(', ')})`
    })
    .join(', ')
}

/** `aws.user.quarantine`, of which the last is the verb. */
function verbOf(id: string): string {
  return id.split('.').at(-1) ?? id
}

function kindOf(id: string): string {
  return id.split('.').slice(1, -1).join('.')
}

function says(members: readonly Capabilities[]): string {
  const clauses = new Map<string, string[]>()
  for (const stage of STAGES) {
    for (const clause of clausesOf(members.map(each => each[stage]))) {
      clauses.set(clause, [...(clauses.get(clause) ?? []), stage])
    }
  }
  const works = clauses.get('') ?? []
  clauses.delete('')
  const notes = [...new Set(members.flatMap(each => STAGES.flatMap(stage => notesOf(each[stage]))))]
  if (clauses.size === 0) return [works.join(', '), ...notes].join('; ')
  const rest = [...clauses].map(([clause, stages]) => {
    const several = stages.length > 1
    return `${stages.join(', ')} ${clause.replace(/^need /, several ? 'need ' : 'needs ')}`
  })
  return [...(works.length > 0 ? [`can ${works.join(', ')}`] : []), ...rest, ...notes].join('; ')
}

/** Reasons that are not of the answer: it works in another way, or something is missing besides. */
function notesOf({ answer, why = [] }: Capability): string[] {
  return answer === 'unknown' || answer === 'unavailable' ? [] : why
}

/** Text after the name of a stage; empty when it works. The answers of a group differ in what is missing alone. */
function clausesOf(stages: readonly Capability[]): string[] {
  const [first] = stages
  if (first === undefined) return []
  const { answer, why = [] } = first
  const missing = stages.flatMap(each => each.missing ?? [])
  const reason = why.join('; ')
  // Permissions that are needed every time are shown first; the rest is in --json, and shown once these are granted.
  const always = answer === 'cannot' ? missing.filter(({ when }) => when === undefined) : []
  const shown = always.length > 0 ? always : missing
  const named = new Set(shown.map(({ permission }) => permission))
  const more = new Set(missing.map(({ permission }) => permission).filter(each => !named.has(each)))
  const rest = more.size > 0 ? ` (and ${more.size} more on some occasions)` : ''
  const needs = shown.length > 0 ? [`need ${list(shown)}${rest}`] : []
  if (answer === 'unknown') return [...needs, `unknown: ${reason}`]
  if (answer === 'unavailable') return [...needs, `not available: ${reason}`]
  return needs.length > 0 ? needs : ['']
}

/** Permissions by when and where they are needed, each once. */
function list(missing: readonly Missing[]): string {
  const found = new Map<string, Set<string>>()
  for (const { permission, when, where } of missing) {
    const suffix = `${when === undefined ? '' : ` ${when}`}${where === undefined ? '' : ` (${where})`}`
    const known = found.get(suffix)
    if (known) known.add(permission)
    else found.set(suffix, new Set([permission]))
  }
  return [...found]
    .sort(([a], [b]) => (a === '' ? -1 : b === '' ? 1 : 0))
    .map(([suffix, permissions]) => `${[...permissions].sort().join(', ')}${suffix}`)
    .join(', ')
}
