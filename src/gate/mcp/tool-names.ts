/** The protocol's form of a tool's name (specification 2025-11-25, "Tool Names"). */
const NAME = /^[A-Za-z0-9_.-]{1,128}$/

/**
 * Why a tool's name could be taken for another one's, or undefined. `/` divides server and tool in policies, harnesses call a
 * server's tool `mcp__SERVER__TOOL` or `MCP:SERVER:TOOL`, and everything beyond the protocol's characters has look-alikes.
 */
export function nameFlaw(name: string): string | undefined {
  if (!NAME.test(name)) return 'has characters that a tool name must not have'
  return /^mcp__/i.test(name) ? "looks like another server's tool" : undefined
}

/** The same for names that differ in case only, or in the characters that harnesses replace by one another. */
export function nameKey(name: string): string {
  return name.toLowerCase().replace(/[-.]/g, '_')
}

/** Why a server cannot be called so in policies and records, or undefined. */
export function serverNameFlaw(name: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.@ -]{0,63}$/.test(name))
    return 'it has to be 1 to 64 letters, digits and any of . _ - @, beginning with a letter or a digit'
  return name.includes('__')
    ? "it must not contain '__', which divides server and tool for harnesses"
    : undefined
}
