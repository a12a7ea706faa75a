import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Call, Decision } from '../gate/call.ts'
import { decide, type Gate, refusalsPath } from '../gate/gate.ts'
import { objectId, TENANT } from '../lab/azure/seed/ids.ts'
import { identityId } from '../model/identity.ts'
import type { Timing } from '../model/timing.ts'
import { openGate } from '../toolkit/gate.ts'
import type { Check } from './report.ts'

/** Two agents in front of the real gate, and what they ask for. */
export interface AgentGate {
  /** Where the gate writes what it refused: the source of the watch. */
  source: string
  /** An agent's call, decided before it would run. */
  ask(agent: 'refunds' | 'research', tool: string): Promise<Decision>
}

const principal = (name: string) => identityId('azure', TENANT, 'service-principal', objectId(name))

/** The agent's own identity comes first, its blueprint's second, as the playbook's trigger takes them. */
const POLICY = `version: 1
agents:
  refunds:
    identities:
      - ${principal('agent-refunds')}
      - ${principal('support-agents')}
  research:
    identity: ${principal('agent-research')}
rules:
  - name: tickets may be read
    effect: allow
    tools: ["tickets/*"]
`

export async function openAgentGate(
  folders: { state: string; config: string },
  timing: Timing,
): Promise<AgentGate> {
  const policy = join(folders.state, 'gate.yaml')
  await writeFile(policy, POLICY)
  const gate: Gate = await openGate(folders, policy, timing)
  return {
    source: refusalsPath(gate.state),
    ask(agent, tool) {
      const [server = ''] = tool.split('/')
      const call: Call = { harness: 'mcp', agent, session: 'drill', tool, server, args: { ticket: 4711 } }
      return decide(gate, call)
    },
  }
}

const BEYOND = ['payments/issue_payout', 'payments/list_accounts', 'directory/add_member']

/** The agent's calls: its task, and then calls beyond its task, twice each. */
export async function askBeyond(gate: AgentGate): Promise<{ refused: number; checks: Check[] }> {
  const own = await gate.ask('refunds', 'tickets/read')
  const beyond: Decision[] = []
  for (const tool of [...BEYOND, ...BEYOND]) beyond.push(await gate.ask('refunds', tool))
  const refused = beyond.filter(({ effect, because }) => effect === 'deny' && because === 'policy')
  return {
    refused: refused.length,
    checks: [
      { what: 'a tool of its task is allowed', good: own.effect === 'allow' },
      {
        what: 'each tool beyond it is refused before it runs, by the policy',
        good: refused.length === beyond.length,
      },
    ],
  }
}

/** While the run holds the agent, it may not even do its task. */
export async function heldAtGate(gate: AgentGate, run: string): Promise<Check[]> {
  const own = await gate.ask('refunds', 'tickets/read')
  const other = await gate.ask('research', 'tickets/read')
  return [
    { what: `run ${run} holds the agent at the gate too`, good: own.because === 'held' && own.run === run },
    { what: 'another agent works on', good: other.effect === 'allow' },
  ]
}

export async function freeAtGate(gate: AgentGate): Promise<Check[]> {
  const own = await gate.ask('refunds', 'tickets/read')
  const beyond = await gate.ask('refunds', 'payments/issue_payout')
  return [
    {
      what: 'restored, the agent may do its task again, and no more',
      good: own.effect === 'allow' && beyond.effect === 'deny',
    },
  ]
}
