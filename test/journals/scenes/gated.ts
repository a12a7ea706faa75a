import { cp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const SERVER = fileURLToPath(new URL('../../gate/mcp/changing-server.mjs', import.meta.url))

const POLICY = `version: 1
agents:
  claude: {}
  mcp: {}
  refunds: { identity: azure:8b683b98-7802-4b1e-918c-5c3890b5f37b:service-principal/a2e2fb00-8ddb-49b9-bc93-ab6d12086458 }
rules:
  - name: reading
    effect: allow
    tools: [Read, "files/*", "test/*"]
  - name: shell
    effect: allow
    tools: [Bash]
  - name: no-wipe
    effect: deny
    when: has(args.command) && args.command.contains("rm -rf")
    message: nothing is wiped here
`

const AGENT = playbook('agent-azure', 'azure: { subscriptions: [all] }', [
  { select: named('service-principal', 'a2e2fb00-8ddb-49b9-bc93-ab6d12086458'), interrupt: '[disable]' },
])

/** The decisions of a gate: allowed, denied by rule and by default, held by a run; pins of a server whose tool changed. */
export async function recordGated(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['azure'] })
  await at.write('config/gate.yaml', POLICY)
  const hook = async (tool: string, input: object, ...more: string[]) => {
    const call = {
      hook_event_name: 'PreToolUse',
      session_id: 's-1',
      cwd: '/w',
      tool_name: tool,
      tool_input: input,
    }
    const { code, stderr } = await at.program(
      'gate.cjs',
      ['hook', '--harness', 'claude', ...more],
      {},
      JSON.stringify(call),
    )
    if (code !== 0 && code !== 2) throw new Error(stderr)
  }
  const agent = ['--agent', 'refunds']
  await at.contain(
    'made before the gate',
    playbook('first-azure', 'azure: { subscriptions: [all] }', [
      { select: named('application', '0946cca8-d95e-4fbc-80ee-65098674b6c5'), interrupt: '[disable]' },
    ]),
  )
  await hook('Read', { file_path: '/w/a' })
  await hook('Bash', { command: 'rm -rf /' }, ...agent)
  await hook('Write', { file_path: '/w/a' }, ...agent)
  await hook('Bash', { command: 'python3 -i' }, ...agent)
  await at.contain('agent held', AGENT)
  await hook('Read', { file_path: '/w/a' }, ...agent)
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: at.gateArguments('mcp', '--server', 'test', '--', process.execPath, SERVER),
      env: at.environment(),
      stderr: 'ignore',
    }),
  )
  await client.callTool({ name: 'echo', arguments: {} })
  await client.callTool({ name: 'turn', arguments: {} })
  await client.callTool({ name: 'echo', arguments: {} })
  await client.close()
  await at.save()
  for (const file of ['gate.yaml', 'gate.yaml.checked']) await cp(at.path('config', file), at.saved(file))
  await at.close()
}
