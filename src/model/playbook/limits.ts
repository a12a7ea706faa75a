/** What a playbook may hold at most. Files come from anywhere; reading one must never hang or exhaust anything. */
export const LIMITS = {
  sourceBytes: 256 * 1024,
  /** YAML values, aliases counted as often as they are used. */
  nodes: 10_000,
  depth: 20,
  aliases: 32,
  text: 8_000,
  steps: 50,
  interruptsPerStep: 20,
  inputs: 50,
  protect: 50,
  listItems: 1_000,
  /** Problems that are shown. */
  problems: 50,
} as const

/** Seconds. A containment that nobody has to look at for longer is not an emergency measure. */
export const TTL = { min: 60, max: 90 * 86_400, default: 4 * 3600 } as const

/** What a playbook that says nothing may stop: this many identities, and this share of those listed. */
export const DEFAULT_LIMIT = { identities: 5, share: 0.2 } as const

export const DEFAULT_PROTECT = ['identity.tags.exists(k, k == "break-glass")'] as const
