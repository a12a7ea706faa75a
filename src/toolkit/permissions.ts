import { compileExpression } from '../model/expression/expression.ts'
import type { Interruption } from '../model/interruption.ts'
import type { Json } from '../model/json.ts'
import { mergePermissions } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { Provider } from '../model/provider.ts'
import { catalogOf, providersOf } from './clouds.ts'
import type { Host } from './host.ts'
import { readPlaybook } from './playbooks.ts'
import { checkScopeFlags, mergeScope } from './scope.ts'
import type { ScopeFlags } from './scope-settings.ts'

/** Whose permissions, and for which commands. */
export interface PermissionsRequest extends ScopeFlags {
  playbook: string
  /** Who runs interdict, for the trust policy of the role in other accounts. */
  principal?: string | undefined
  for: 'contain' | 'restore' | 'rotate' | 'both'
}

/** Policies by purpose. */
interface Policies {
  contain?: Json
  restore?: Json
  rotate?: Json
}

/** The policies of one cloud. */
export interface CloudPolicies extends Policies {
  /** Policy of the role in the other accounts; absent where the scope has none. */
  member?: Policies & { role: string; trust: Json }
  guard?: Json
}

/** The policies that a playbook needs, by cloud. */
export interface PlaybookPermissions {
  /** The playbook's name. */
  playbook: string
  clouds: Record<string, CloudPolicies>
}

/** The least-privilege policies of a playbook, in each cloud's own form. Calls nothing. Faults: `usage`, `invalid-playbook`. */
export async function permissionsOf(
  host: Pick<Host, 'clouds'>,
  request: PermissionsRequest,
): Promise<PlaybookPermissions> {
  const { playbook: given, for: which, principal } = request
  const providers = await providersOf(undefined, host.clouds)
  const playbook = await readPlaybook(given, catalogOf(providers))
  checkScopeFlags(request, { name: playbook.name, clouds: Object.keys(playbook.scope) })
  const scopes = mergeScope(scopeWith(playbook.scope, {}), request)
  const clouds: Record<string, CloudPolicies> = {}
  for (const provider of providers.values()) {
    if (!Object.hasOwn(playbook.scope, provider.cloud)) continue
    const used = usedBy(playbook, provider, providers)
    const listing = listingOf(playbook, provider, providers)
    const { read, cut, restore } = mergePermissions(used.map(({ permissions }) => permissions))
    const scope = scopes[provider.cloud] ?? {}
    const wanted: [keyof Policies, (readonly string[])[]][] =
      which === 'rotate'
        ? [['rotate', rotating(provider, used)]]
        : [
            ['contain', [listing, read, cut]],
            ['restore', [listing, read, restore]],
          ]
    const policies = async (policy: (permissions: readonly string[]) => Json | Promise<Json>) => {
      const found: Policies = {}
      for (const [purpose, permissions] of wanted) {
        if (which !== 'both' && which !== purpose) continue
        found[purpose] = await policy([...new Set(permissions.flat())].sort())
      }
      return found
    }
    const own = await policies(all => provider.homePolicy?.(all, scope, principal) ?? provider.policy(all))
    const entered = await provider.memberRole?.(scope, principal)
    const member = entered && { ...entered, ...(await policies(all => provider.policy(all))) }
    clouds[provider.cloud] = { ...own, ...(member === undefined ? {} : { member }) }
    if (which === 'rotate') continue
    const guard = provider.guardPolicy?.([
      ...read,
      ...(which === 'restore' ? [] : cut),
      ...(which === 'contain' ? [] : restore),
    ])
    clouds[provider.cloud] = {
      ...clouds[provider.cloud],
      ...(guard === undefined ? {} : { guard }),
    }
  }
  return { playbook: playbook.name, clouds }
}

/** Returns the permissions of a rotation: of the credentials that these interruptions stop, and of the cloud's own places for secrets. */
function rotating(
  { permissions, rotations = [], sinks = [] }: Provider,
  used: readonly Interruption[],
): string[][] {
  const kinds = new Set(used.flatMap(({ on }) => on))
  return [
    [...permissions],
    ...rotations
      .filter(({ on }) => on.some(kind => kinds.has(kind)))
      .flatMap(({ permissions: { read, rotate, remove } }) => [read, rotate, remove]),
    ...sinks.map(sink => sink.permissions),
  ]
}

/** Permissions to list the kinds that the steps select, and their owners; all that is listed where a step means any kind. */
function listingOf(
  playbook: Playbook,
  provider: Provider,
  providers: ReadonlyMap<string, Provider>,
): string[] {
  const { kinds } = catalogOf(providers)
  const perStep = playbook.steps.map(({ select }) =>
    compileExpression(select, { kinds, inputs: playbook.inputs }).kinds(),
  )
  const usual = provider.kinds.filter(({ costly }) => !costly).map(({ name }) => name)
  const selected = new Set(perStep.flatMap(each => [...(each ?? usual)]))
  const all = provider.kinds.filter(({ name }) => selected.has(name))
  const names = all.flatMap(({ name, owners = [] }) => [name, ...owners])
  return [...(provider.listing?.([...new Set(names)].sort()) ?? provider.permissions)]
}

/** Every interruption that a step can come to: of the kinds that it selects, and of the credentials that they own. */
export function usedBy(
  playbook: Playbook,
  provider: Provider,
  providers: ReadonlyMap<string, Provider>,
): Interruption[] {
  const { kinds } = catalogOf(providers)
  const used = new Set<Interruption>()
  for (const { select, interrupt } of playbook.steps) {
    const selected = compileExpression(select, { kinds, inputs: playbook.inputs }).kinds()
    const reached = (kind: string) =>
      selected === undefined ||
      selected.includes(kind) ||
      provider.kinds.some(
        each =>
          each.name === kind &&
          each.credential &&
          (each.owners ?? []).some(owner => selected.includes(owner)),
      )
    for (const interruption of provider.interruptions) {
      const { id, verbs, on } = interruption
      const named = interrupt.some(({ use }) => use === id || verbs.some(verb => verb === use))
      if (named && on.some(reached)) used.add(interruption)
    }
  }
  return [...used]
}
