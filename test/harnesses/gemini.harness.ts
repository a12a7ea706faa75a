import { commonCases, type Dialect } from './cases.ts'
import { addJsonServer } from './real-harness.ts'

const dialect: Dialect = {
  name: 'gemini',
  shell: command => ({ name: 'run_shell_command', args: { command, description: 'x' } }),
  mcp: (tool, args) => ({ name: `mcp_files_${tool}`, args }),
  agent: scenario => ({
    name: 'invoke_agent',
    args: { agent_name: 'generalist', prompt: `SCENARIO:${scenario}` },
  }),
  addServer: addJsonServer,
}

commonCases(dialect)
