/**
 * Names of tools and servers in one form. Harnesses report the same server as `my-files` (Claude Code) and `my_files` (Codex),
 * and `my.srv v2` as `my_srv_v2`, so every name is compared with each character but letters, digits and `_` as `_`. The
 * form has as many characters as the name.
 */
export function comparableName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_')
}

/**
 * Returns the proxy's name for a method of MCP: `mcp:sampling/createMessage`. Methods are compared as they are, and no tool or server
 * can be called so, since none has a `:`.
 */
const METHOD = 'mcp:'

/** A pattern of a policy in the same form. `*` stays; the first `/` parts the server from the tool. */
export function comparablePattern(pattern: string): string {
  if (pattern.startsWith(METHOD)) return pattern
  const form = (part: string) => part.replace(/[^A-Za-z0-9_*]/g, '_')
  const slash = pattern.indexOf('/')
  return slash < 0 ? form(pattern) : `${form(pattern.slice(0, slash))}/${form(pattern.slice(slash + 1))}`
}

/** A tool as the policy sees it. `server` is empty for a built-in tool. */
export interface ToolName {
  tool: string
  server: string
}

/** The tool of an MCP server. The only `/` is ours: neither name can have one. */
export function serverTool(server: string, tool: string): ToolName {
  const name = comparableName(server)
  return { tool: `${name}/${comparableName(tool)}`, server: name }
}

/** A tool of the harness itself. It cannot look like a server's, since it has no `/`. */
export function builtInTool(name: string): ToolName {
  return { tool: comparableName(name), server: '' }
}

/** The name of a call's tool in comparable form, whether a harness or the proxy reported it. */
export function comparableTool({ tool, server }: ToolName): ToolName {
  if (tool.startsWith(METHOD)) return { tool, server: comparableName(server) }
  const at = server !== '' && tool.startsWith(`${server}/`) ? server.length : tool.indexOf('/')
  if (at < 0) return { tool: comparableName(tool), server: comparableName(server) }
  return { ...serverTool(tool.slice(0, at), tool.slice(at + 1)), server: comparableName(server) }
}

/**
 * Reads `mcp__<server>__<tool>`. Throws when the name can be read in two ways (`mcp__files__evil__x`) and the harness does
 * not report the server, or reports another one than the name has.
 */
export function readMcpName(name: string, reported: string | undefined): ToolName {
  const form = comparableName(name)
  if (reported !== undefined) {
    // Claude Code joins the underscores of servers of its account.
    const forms = [comparableName(reported), comparableName(reported).replace(/_+/g, '_')]
    const server = forms.find(each => form.startsWith(`mcp__${each}__`) && form.length > each.length + 7)
    if (server !== undefined) return serverTool(reported, form.slice(server.length + 7))
    throw new Error('the name of the tool and the name of its server do not agree')
  }
  if (!name.startsWith('mcp__')) return builtInTool(name)
  const rest = name.slice('mcp__'.length)
  const splits = Array.from(rest, (_, at) => at).filter(
    at => at > 0 && at + 2 < rest.length && rest.startsWith('__', at),
  )
  const [at, another] = splits
  if (at === undefined || another !== undefined)
    throw new Error('the name of the tool does not say which MCP server it is of')
  return serverTool(rest.slice(0, at), rest.slice(at + 2))
}
