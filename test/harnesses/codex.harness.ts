import { type Dialect, commonCases } from './cases.ts'

const dialect: Dialect = {
  name: 'codex',
  shell: cmd => ({ name: 'exec_command', args: { cmd, yield_time_ms: 30_000 } }),
  mcp: (tool, args) => ({ name: tool, namespace: 'mcp__files', args }),
  agent: scenario => ({ name: 'spawn_agent', namespace: 'multi_agent_v1', args: { message: `SCENARIO:${scenario}` } }),
  addServer: (harness, name, [command, ...args]) =>
    harness.put(
      'home/.codex/config.toml',
      `${harness.read('home/.codex/config.toml')}[mcp_servers.${name}]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
    ),
}

commonCases(dialect)
