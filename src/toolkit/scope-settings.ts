import { clouds, type ScopeFlag, type ScopeFlags } from '../clouds/index.ts'

export type { ScopeFlags } from '../clouds/index.ts'

/** The flags that reach `scope.<cloud>`, by name, with their cloud. */
export const SCOPE_FLAGS = Object.fromEntries(
  clouds.flatMap(({ cloud, title, scope }) =>
    (scope?.flags ?? []).map(flag => [flag.flag, { ...flag, cloud, title }]),
  ),
) as Readonly<Record<keyof ScopeFlags, ScopeFlag & { cloud: string; title: string }>>
