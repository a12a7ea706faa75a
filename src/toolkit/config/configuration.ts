import { strictest } from '../../model/approvals.ts'
import type {
  Ceiling,
  ConfigPlace,
  HouseProtection,
  HouseRules,
  PlaybookDefaults,
} from '../../model/house.ts'
import type { Json } from '../../model/json.ts'
import type { NotifyTarget } from '../../model/notify-target.ts'
import type { ConfigKind } from './files.ts'
import { type Layer, type Leaf, leavesOf } from './layers.ts'

/** A value that a configuration file gives, and whether it counts. */
export interface Setting {
  /** Its members joined by dots, e.g. `scope.aws.role`. */
  key: string
  value: Json
  at: ConfigPlace
  /** The profile that it stands in. */
  profile?: string
  use: 'used' | 'overridden' | 'ignored'
  /** Why it is overridden or ignored. */
  because?: string
}

/** A file that was looked at. */
export interface ConfigFile {
  kind: ConfigKind
  path: string
  /** `tightens`: of a folder that the user does not trust, so that it adds protections and approvals, and lowers ceilings, only. */
  state: 'used' | 'tightens' | 'ignored' | 'absent'
  because?: string
}

/** The configuration in effect. */
export interface Configuration {
  files: ConfigFile[]
  settings: Setting[]
  /** The profile that was asked for. */
  profile?: string
  /** Folder of the runs; absolute. */
  state?: string
  notify: NotifyTarget[]
  house: HouseRules
}

/** How far the values of a key go together: the first counts, all count, the lowest or the highest. */
type Rule = 'first' | 'all' | 'lowest' | 'highest'

const BREAK_GLASS = 'approvals.break-glass'

function ruleOf(key: string): Rule {
  if (key === 'protect') return 'all'
  if (key.startsWith('approvals.') && key !== BREAK_GLASS) return 'highest'
  return key.startsWith('ceilings.') ? 'lowest' : 'first'
}

/**
 * Combines layers into what counts. Of protections all count; of ceilings the lowest, of approvals the highest; of every other key the
 * value of the first layer. A layer that may only tighten gives protections, ceilings and approvals.
 *
 * @param layers the one that counts most first
 */
export function combined(
  layers: readonly Layer[],
  files: ConfigFile[],
  profile: string | undefined,
): Configuration {
  const leaves = layers.flatMap(leavesOf)
  const settings: Setting[] = []
  const used: Leaf[] = []
  for (const leaf of leaves) {
    const { key, value, at, layer } = leaf
    const shown = { key, value, at, ...(layer.profile === undefined ? {} : { profile: layer.profile }) }
    const rule = ruleOf(key)
    if (layer.tightens && rule === 'first') {
      settings.push({ ...shown, use: 'ignored', because: 'its folder is not trusted' })
      continue
    }
    const rival = rivalOf(leaf, leaves, rule)
    if (rival === undefined) {
      settings.push({ ...shown, use: 'used' })
      used.push(leaf)
    } else {
      const than =
        rule === 'lowest'
          ? 'a lower one is at'
          : rule === 'highest'
            ? 'a higher one is at'
            : 'another one is at'
      settings.push({
        ...shown,
        use: 'overridden',
        because: `${than} ${rival.at.file}:${rival.at.line}:${rival.at.column}`,
      })
    }
  }
  const state = used.find(({ key }) => key === 'state')?.value
  return {
    files,
    settings,
    ...(profile === undefined ? {} : { profile }),
    ...(typeof state === 'string' ? { state } : {}),
    notify: used.flatMap(({ notify = [] }) => notify),
    house: houseOf(used),
  }
}

/** The leaf that counts in place of this one; undefined where this one counts. */
function rivalOf(leaf: Leaf, leaves: readonly Leaf[], rule: Rule): Leaf | undefined {
  if (rule === 'all') return undefined
  const same = leaves.filter(({ key, layer }) => key === leaf.key && !(rule === 'first' && layer.tightens))
  const sign = rule === 'highest' ? -1 : 1
  const best =
    rule === 'first'
      ? same[0]
      : same.reduce((low, each) => (sign * Number(each.value) < sign * Number(low.value) ? each : low), leaf)
  if (best === undefined || best === leaf) return undefined
  // Of equal limits the first counts.
  if (rule !== 'first' && best.value === leaf.value) return undefined
  return best
}

function houseOf(used: readonly Leaf[]): HouseRules {
  const ceiling = (key: string): Ceiling | undefined => {
    const found = used.find(each => each.key === key)
    return found && { most: Number(found.value), at: found.at }
  }
  const identities = ceiling('ceilings.identities')
  const share = ceiling('ceilings.share')
  const scope: { [cloud: string]: { [member: string]: Json } } = {}
  const playbooks: { [name: string]: PlaybookDefaults } = {}
  for (const { scoped, ofPlaybook, value, at } of used) {
    if (scoped) scope[scoped.cloud] = { ...scope[scoped.cloud], [scoped.member]: value }
    if (ofPlaybook === undefined) continue
    const { name, input, ttl } = ofPlaybook
    const before = playbooks[name] ?? { inputs: {} }
    playbooks[name] = {
      ...before,
      ...(ttl === undefined ? {} : { ttl }),
      ...(input === undefined ? {} : { inputs: { ...before.inputs, [input]: { value, at } } }),
    }
  }
  const asks = used.filter(({ key }) => key.startsWith('approvals.'))
  const counts = Object.fromEntries(
    asks.filter(({ key }) => key !== BREAK_GLASS).map(({ key, value }) => [key.slice(10), Number(value)]),
  )
  const breakGlass = asks.find(({ key }) => key === BREAK_GLASS)?.value
  return {
    ...(asks.length === 0
      ? {}
      : {
          approvals: {
            counts: strictest(counts),
            breakGlass: Array.isArray(breakGlass) ? breakGlass.map(String) : [],
          },
        }),
    protect: used.flatMap(({ protect }): HouseProtection[] => (protect ? [protect] : [])),
    ceilings: { ...(identities ? { identities } : {}), ...(share ? { share } : {}) },
    playbooks,
    scope,
  }
}
