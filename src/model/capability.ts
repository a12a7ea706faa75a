import type { Interruption } from './interruption.ts'

/** Stages of a run for which a cloud needs rights. */
export const STAGES = ['contain', 'prove', 'restore'] as const

/** One of `STAGES`. */
export type Stage = (typeof STAGES)[number]

/** Whether our credentials have a permission; `where` and `why` are words for people. */
export type Right =
  | { held: 'yes' }
  | { held: 'no'; where?: string }
  /** In some places of the account only: `where` names them. */
  | { held: 'part'; where: string }
  | { held: 'unknown'; why: string }

/** Requirements of an interruption besides permissions: a licence, a preview feature, an organization. */
export interface Besides {
  /** Ids of the interruptions. */
  on: readonly string[]
  stages: readonly Stage[]
  /** `note`: it works all the same, in another way. */
  answer: 'unavailable' | 'unknown' | 'note'
  why: string
}

/** Rights of our own credentials in one account, as the cloud reports them. */
export interface Rights {
  /** By permission, as interruptions declare them. */
  held: ReadonlyMap<string, Right>
  besides: readonly Besides[]
  /** The method behind the answers, and its limits. */
  basis: string
}

/** A right that is missing for a stage. */
export interface Missing {
  permission: string
  /** The occasion on which it is called; absent where it is called every time. */
  when?: string
  /** Where it is missing, or the only places that have it; absent where it is missing in the whole account. */
  where?: string
}

/**
 * `partly`: for some identities, or in some places, only. `unavailable`: it is not about permissions. `unknown`: the cloud
 * does not say; it is never taken for `can`.
 */
export type Answer = 'can' | 'partly' | 'unavailable' | 'unknown' | 'cannot'

/** Whether one stage of an interruption can be carried out with the rights that there are. */
export interface Capability {
  answer: Answer
  /** With `partly`, `cannot` and, where something is known to be missing besides, `unknown`. */
  missing?: Missing[]
  /** Reasons of `unavailable` and `unknown`, and notes; each once. */
  why?: string[]
}

/** Stages of one interruption that our credentials could carry out in one account. */
export interface Capabilities {
  interruption: string
  contain: Capability
  prove: Capability
  restore: Capability
}

/** Permissions that are called to one end, with the occasions of those that are not called every time. */
interface Need {
  permissions: readonly string[]
  occasions: { readonly [permission: string]: string }
  either: readonly string[]
}

/** Which stages of an interruption these rights are enough for. Pure. */
export function capabilitiesOf(interruption: Interruption, rights: Rights): Capabilities {
  const { id } = interruption
  const of = (stage: Stage) => capabilityOf(id, stage, needsOf(interruption, stage), rights)
  return { interruption: id, contain: of('contain'), prove: of('prove'), restore: of('restore') }
}

/** The permissions that a stage calls, each once: reading comes with every stage, the probe with `prove` alone. */
export function stagePermissions(interruption: Interruption, stage: Stage): string[] {
  return [...new Set(needsOf(interruption, stage).flatMap(({ permissions }) => permissions))]
}

function needsOf({ permissions, occasions = {} }: Interruption, stage: Stage): Need[] {
  const { probe = [], either = {} } = occasions
  const reads = {
    permissions: permissions.read.filter(each => !probe.includes(each)),
    occasions: occasions.read ?? {},
    either: either.read ?? [],
  }
  if (stage === 'prove') return [reads, { permissions: probe, occasions: {}, either: [] }]
  const side = stage === 'contain' ? 'cut' : 'restore'
  const own = { permissions: permissions[side], occasions: occasions[side] ?? {}, either: either[side] ?? [] }
  return [reads, own]
}

const UNASKED: Right = { held: 'unknown', why: 'it was not asked about' }

function capabilityOf(id: string, stage: Stage, needs: readonly Need[], rights: Rights): Capability {
  const missing: Missing[] = []
  const why = new Set<string>()
  let answer: Answer = 'can'
  const worsen = (to: Answer) => {
    if (SEVERITY.indexOf(to) > SEVERITY.indexOf(answer)) answer = to
  }
  const rightTo = (permission: string) => rights.held.get(permission) ?? UNASKED
  for (const { permissions, occasions, either } of needs) {
    const held = permissions.map(permission => ({
      permission,
      when: occasions[permission],
      right: rightTo(permission),
    }))
    for (const { permission, when, right } of held) {
      if (right.held === 'yes') continue
      if (right.held === 'unknown') {
        why.add(right.why)
        worsen('unknown')
        continue
      }
      worsen(right.held === 'no' && when === undefined ? 'cannot' : 'partly')
      missing.push({
        permission,
        ...(when === undefined ? {} : { when }),
        ...(right.where === undefined ? {} : { where: right.where }),
      })
    }
    if (either.length > 0 && either.every(each => rightTo(each).held === 'no')) worsen('cannot')
  }
  for (const each of rights.besides) {
    if (!each.on.includes(id) || !each.stages.includes(stage)) continue
    why.add(each.why)
    if (each.answer !== 'note') worsen(each.answer)
  }
  return {
    answer,
    ...(missing.length > 0 ? { missing: merged(missing) } : {}),
    ...(why.size > 0 ? { why: [...why] } : {}),
  }
}

/** From good to bad: a stage has the worst of its answers. */
const SEVERITY: readonly Answer[] = ['can', 'partly', 'unknown', 'unavailable', 'cannot']

/** A permission that is called both to read and to write is missing once, and then on every occasion. */
function merged(missing: readonly Missing[]): Missing[] {
  const found = new Map<string, Missing>()
  for (const each of missing) {
    const known = found.get(each.permission)
    if (known === undefined || known.when !== undefined) found.set(each.permission, each)
  }
  return [...found.values()]
}
