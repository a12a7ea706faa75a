/** The most that a YAML document may hold. Files come from anywhere; reading one must never hang or exhaust anything. */
export const DOCUMENT_LIMITS = {
  sourceBytes: 256 * 1024,
  /** YAML values, aliases counted as often as they are used. */
  nodes: 10_000,
  depth: 20,
  aliases: 32,
  /** Characters of one text. */
  text: 8_000,
  /** Problems that are shown. */
  problems: 50,
} as const
