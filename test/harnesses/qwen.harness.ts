import { commonCases, type Dialect } from './cases.ts'
import { addJsonServer } from './real-harness.ts'

const dialect: Dialect = {
  name: 'qwen',
  shell: command => ({ name: 'run_shell_command', args: { command, description: 'x', is_background: false } }),
  mcp: (tool, args) => ({ name: `mcp__files__${tool}`, args }),
  agent: scenario => ({
    name: 'agent',
    args: { description: 'x', prompt: `SCENARIO:${scenario}`, subagent_type: 'general-purpose' },
  }),
  addServer: addJsonServer,
}

commonCases(dialect)
