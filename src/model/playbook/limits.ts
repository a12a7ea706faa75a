/** How many of each thing a playbook holds at most. */
export const LIMITS = {
  steps: 50,
  interruptsPerStep: 20,
  inputs: 50,
  protect: 50,
  listItems: 1_000,
} as const

/** Seconds. A containment that nobody has to look at for longer is not an emergency measure. */
export const TTL = { min: 60, max: 90 * 86_400, default: 4 * 3600 } as const

/** The limit of a playbook that has none: this many identities, and this share of those listed. */
export const DEFAULT_LIMIT = { identities: 5, share: 0.2 } as const

/** The `protect` of a playbook that has none. */
export const DEFAULT_PROTECT = ['identity.tags.exists(k, k == "break-glass")'] as const
