import { compileExpression } from '../model/expression/expression.ts'
import type { Interruption } from '../model/interruption.ts'
import type { Json } from '../model/json.ts'
import { mergePermissions } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import { jsonText } from '../ui/json.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { readPlaybook } from './playbooks.ts'
import { print } from './terminal.ts'

export interface PermissionsRequest {
  playbook: string
  for: 'contain' | 'restore' | 'rotate' | 'both'
  json: boolean
}

export async function showPermissions({
  playbook: given,
  for: which,
  json,
}: PermissionsRequest): Promise<void> {
  const providers = await providersOf()
  const playbook = await readPlaybook(given, catalogOf(providers))
  const clouds: Record<string, { contain?: Json; restore?: Json; rotate?: Json; guard?: Json }> = {}
  for (const provider of providers.values()) {
    if (!Object.hasOwn(playbook.scope, provider.cloud)) continue
    const used = usedBy(playbook, provider, providers)
    const { read, cut, restore } = mergePermissions(used.map(({ permissions }) => permissions))
    const policy = async (...permissions: string[][]) =>
      await provider.policy([...new Set(permissions.flat())].sort())
    if (which === 'rotate') {
      clouds[provider.cloud] = { rotate: await policy(...rotating(provider, used)) }
      continue
    }
    const guard = provider.guardPolicy?.([
      ...read,
      ...(which === 'restore' ? [] : cut),
      ...(which === 'contain' ? [] : restore),
    ])
    clouds[provider.cloud] = {
      ...(which === 'restore' ? {} : { contain: await policy(provider.permissions, read, cut) }),
      ...(which === 'contain' ? {} : { restore: await policy(provider.permissions, read, restore) }),
      ...(guard === undefined ? {} : { guard }),
    }
  }
  if (json) return await print(jsonText({ playbook: playbook.name, clouds }))
  for (const [cloud, policies] of Object.entries(clouds)) {
    for (const [purpose, policy] of Object.entries(policies)) {
      const whose =
        purpose === 'guard'
          ? `for the identity that writes guard policies (management account or delegated administrator), to use ${playbook.name}`
          : `to ${purpose} with ${playbook.name}`
      await print(`# ${cloud}, ${whose}\n${jsonText(policy)}`)
    }
  }
}

/** What replacing takes: of the credentials that these interruptions stop, and of the cloud's own places for secrets. */
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

/** Every interruption that a step can come to: of the kinds that it selects, and of the credentials that they own. */
function usedBy(
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
