import { clouds } from '../clouds/index.ts'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import { isObject } from '../model/json-object.ts'
import type { Plan } from '../model/plan.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { Provider } from '../model/provider.ts'
import { cloudTitle } from './cloud-title.ts'
import { catalogOf } from './clouds.ts'
import type { Host } from './host.ts'
import { scopeWithDefaults } from './scope-defaults.ts'
import { SCOPE_FLAGS, type ScopeFlags } from './scope-settings.ts'

/** Cloud → what `Provider.connect` takes. */
export type Scope = { readonly [cloud: string]: Json }
type Flag = keyof ScopeFlags

const NAMES = Object.keys(SCOPE_FLAGS) as Flag[]

/** The scope flags that were given. */
function givenFlags(flags: ScopeFlags): Flag[] {
  return NAMES.filter(name => flags[name] !== undefined)
}

/** The clouds whose scope flags were given. */
export function cloudsOfFlags(flags: ScopeFlags): string[] {
  return [...new Set(givenFlags(flags).map(name => SCOPE_FLAGS[name].cloud))]
}

/** The flags again, as words of a command line. */
export function scopeWords(flags: ScopeFlags): string[] {
  return givenFlags(flags).flatMap(name => [`--${name}`, [flags[name] ?? []].flat().join(',')])
}

interface Checked {
  /** Whose scope it is, for messages; absent where there is no playbook. */
  name?: string
  /** Clouds of the scope. */
  clouds: readonly string[]
  /** `--cloud`. */
  asked?: readonly string[] | undefined
}

/** Throws `usage` when a flag has a wrong value, or belongs to a cloud that is not looked at. */
export function checkScopeFlags(flags: ScopeFlags, { name, clouds, asked = [] }: Checked): void {
  for (const flag of givenFlags(flags)) {
    const { cloud, pattern, says } = SCOPE_FLAGS[flag]
    const wrong = [flags[flag] ?? []].flat().find(value => !pattern.test(value))
    if (wrong !== undefined) {
      throw new Fault('usage', `${JSON.stringify(wrong)} is not ${says}`, { where: `--${flag}` })
    }
    if (asked.length > 0 && !asked.includes(cloud)) {
      throw new Fault('usage', `--${flag} is for ${cloudTitle(cloud)}, which --cloud leaves out`, {
        where: `--${flag}`,
        next: `leave out --${flag}, or add --cloud ${cloud}`,
      })
    }
    if (!clouds.includes(cloud)) {
      throw new Fault('usage', `${name ?? 'this'} does nothing in ${cloudTitle(cloud)}`, {
        where: `--${flag}`,
        next: `leave out --${flag}; the scope has ${clouds.join(', ')}`,
      })
    }
  }
}

/** Throws `usage` when scope flags are given for a saved plan, which has the scope that was approved. */
export function refuseScopeFlags(flags: ScopeFlags): void {
  const [flag] = givenFlags(flags)
  if (flag === undefined) return
  throw new Fault('usage', 'a saved plan has its accounts already', {
    where: `--${flag}`,
    next: `leave out --${flag}, or plan again with it`,
  })
}

/**
 * The scope with the flags in it. Flags of a cloud that the scope does not have change nothing. Flags that name accounts
 * replace all places that the scope names in that cloud; every other flag replaces its own member. Labels go on filtering
 * the folders or the organization that flags name. Throws `usage` when flags contradict each other or leave no way in.
 *
 * @param scope inputs filled in
 */
export function mergeScope(scope: Scope, flags: ScopeFlags): { [cloud: string]: Json } {
  const merged: { [cloud: string]: Json } = { ...scope }
  for (const cloud of cloudsOfFlags(flags)) {
    const own = scope[cloud]
    if (own === undefined || !isObject(own)) continue
    const given: { [member: string]: Json } = {}
    for (const name of givenFlags(flags)) {
      const { member, cloud: of } = SCOPE_FLAGS[name]
      const value = flags[name]
      if (of === cloud && value !== undefined) {
        given[member] = typeof value === 'string' ? value : [...new Set(value)]
      }
    }
    const rules = clouds.find(each => each.cloud === cloud)?.scope
    const named = new Set(Object.keys(given))
    const replaced = rules?.replaced(named) ?? []
    const kept = Object.entries(own).filter(([member]) => !replaced.includes(member))
    const changed = { ...Object.fromEntries(kept), ...given }
    merged[cloud] = changed
    const flaw = rules?.flaw?.(changed, named)
    if (flaw !== undefined) throw flaw
  }
  return merged
}

/**
 * Where to sign in without a playbook: each of these clouds as its credentials have it, as the house has configured it (not in the
 * lab), and as the flags say.
 */
export function scopeOf(
  flags: ScopeFlags & { cloud?: readonly string[] | undefined },
  clouds: readonly string[],
  { house, lab }: Pick<Host, 'house' | 'lab'>,
): { [cloud: string]: Json } {
  checkScopeFlags(flags, { clouds, asked: flags.cloud })
  const own: Scope = Object.fromEntries(clouds.map(name => [name, {}]))
  return mergeScope(house === undefined || lab ? own : scopeWithDefaults(own, house.scope), flags)
}

/** The scope that a run was made with: as recorded, else (before that was recorded) its playbook's. */
export async function scopeOfPlan(
  { playbook: { source, name }, inputs, scope }: Plan,
  providers: ReadonlyMap<string, Provider>,
): Promise<{ [cloud: string]: Json }> {
  if (scope !== undefined) return { ...scope }
  const { parsePlaybook } = await import('../model/playbook/parse.ts')
  return scopeWith(parsePlaybook(source, name, catalogOf(providers)).scope, inputs)
}
