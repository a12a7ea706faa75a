import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { Provider } from '../model/provider.ts'
import { cloudTitle } from './cloud-title.ts'
import { catalogOf } from './clouds.ts'
import { SCOPE_FLAGS, type ScopeFlags } from './scope-settings.ts'

/** Cloud → what `Provider.connect` takes. */
export type Scope = { readonly [cloud: string]: Json }
type Members = { readonly [member: string]: Json }
type Flag = keyof ScopeFlags

const NAMES = Object.keys(SCOPE_FLAGS) as Flag[]

/** Members of a scope that say which accounts there are: flags that name some replace all of these. */
const PLACES: { readonly [cloud: string]: readonly string[] } = {
  aws: ['accounts'],
  gcp: ['projects', 'labels', 'folders'],
  azure: ['subscriptions', 'managementGroups'],
}

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
    if (own === undefined || !isMembers(own)) continue
    const given: { [member: string]: Json } = {}
    for (const name of givenFlags(flags)) {
      const { member, cloud: of } = SCOPE_FLAGS[name]
      const value = flags[name]
      if (of === cloud && value !== undefined) {
        given[member] = typeof value === 'string' ? value : [...new Set(value)]
      }
    }
    const replaced = replacedBy(cloud, given)
    const kept = Object.entries(own).filter(([member]) => !replaced.includes(member))
    merged[cloud] = { ...Object.fromEntries(kept), ...given }
  }
  checkAwsEntry(merged['aws'], flags)
  return merged
}

function replacedBy(cloud: string, given: Members): readonly string[] {
  const places = PLACES[cloud] ?? []
  const isWhole = cloud === 'gcp' && given['organization'] !== undefined
  if (!isWhole && !places.some(member => given[member] !== undefined)) return []
  const isFiltered = given['folders'] !== undefined || isWhole
  return places.filter(member => member !== 'labels' || !isFiltered)
}

/** A role without accounts to enter, and accounts without a role, are mistakes that signing in would only show one by one. */
function checkAwsEntry(scope: Json | undefined, flags: ScopeFlags): void {
  if (scope === undefined || !isMembers(scope)) return
  const { accounts, role } = scope
  const all = Array.isArray(accounts) ? accounts : ['self']
  const others = all.filter(each => each !== 'self')
  for (const flag of ['role', 'external-id'] as const) {
    if (flags[flag] !== undefined && others.length === 0) {
      throw new Fault(
        'usage',
        `--${flag} is for other accounts than your own, and only your own is looked at`,
        {
          where: `--${flag}`,
          next: 'add --account ID,… or --account organization',
        },
      )
    }
  }
  // A single id may be that of the caller's own account.
  const isForeign = others.length > 1 || others.includes('organization')
  if (flags.account !== undefined && isForeign && role === undefined) {
    throw new Fault('usage', 'no role is named by which the other accounts can be entered', {
      where: '--account',
      next: 'add --role NAME, the role to assume in each of them',
    })
  }
}

/** Where to sign in without a playbook: each of these clouds as its credentials have it, and as the flags say. */
export function scopeOf(
  flags: ScopeFlags & { cloud?: readonly string[] | undefined },
  clouds: readonly string[],
): { [cloud: string]: Json } {
  checkScopeFlags(flags, { clouds, asked: flags.cloud })
  return mergeScope(Object.fromEntries(clouds.map(name => [name, {}])), flags)
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

function isMembers(value: Json): value is { [member: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
