import { join } from 'node:path'
import { quotedWord } from '../model/command-text.ts'
import { canonical } from '../model/json.ts'
import type { Timing } from '../model/timing.ts'
import type { OwnKey } from '../store/own-key.ts'
import { sha256 } from '../store/sha256.ts'
import { Budget, Exhausted, secondsOf } from './budget.ts'
import { type Need, needsOf } from './built-in.ts'
import { type Call, type Decision, sizeFlaw } from './call.ts'
import { channelOfSession, channelText, noteChannel } from './channels.ts'
import { type Engine, withEngine } from './engine/engine.ts'
import { heldRuns, type LoadRun, Unbelievable } from './held-runs.ts'
import { recordDecision } from './ledger.ts'
import { judge, type Policy, type Slowly } from './policy.ts'
import { loadPolicy } from './policy-cache.ts'
import { refusalSignal } from './refusal.ts'
import { comparableTool } from './tool-names.ts'

/** Everything that a decision is made with. */
export interface Gate {
  /** Links resolved. */
  state: string
  config: string
  /** Folder in which the journals' heads are. */
  readonly heads: string
  /** Why nobody knows whether the journals are the newest; undefined if they are. */
  readonly strange?: string | undefined
  /** The policy file. */
  policy: string
  seal: OwnKey
  load: LoadRun
  /** For time stamps, the time that rules see, and how long a server may take to list its tools. */
  timing: Timing
  /** Asked after our own rules, in the place of those that allow. */
  engine?: Engine
  /** See `LedgerFolders`. */
  syncLater?: boolean
}

export function refusalsPath(state: string): string {
  return join(state, 'gate', 'refusals.ndjson')
}

/** Other reasons to refuse a call that the policy allows. */
export type More = () => Promise<Decision | undefined>

/** Differences for a call that is not a tool call. */
export interface Manner {
  /** The time that there is for it; else what `INTERDICT_GATE_SECONDS` gives. */
  budget?: Budget
  /** Allowed where no rule says anything of it. */
  open?: boolean
  /** A refusal says nothing against the agent: a signal is left only where a rule names it (`rules`), or never. */
  signal?: 'rules' | 'never'
}

/**
 * Decides a call and puts it on record. Interruption first: an agent that an open run holds is refused even if the
 * policy allows it. Every failure refuses; nothing is thrown but a failure to record.
 */
export async function decide(gate: Gate, call: Call, more?: More, manner: Manner = {}): Promise<Decision> {
  const { budget = new Budget(secondsOf(process.env['INTERDICT_GATE_SECONDS'])) } = manner
  const now = new Date(gate.timing.date())
  const { decision, policy } = await decided(gate, call, now, budget, more, manner)
  const identities = policy?.agents[call.agent] ?? []
  const at = now.toISOString()
  const { harness, agent, session, tool } = call
  const { effect, because, reason, rule, run } = decision
  const quiet = manner.signal === 'never' || (manner.signal === 'rules' && rule === undefined)
  const also =
    effect === 'deny' && (because === 'policy' || because === 'pin') && !quiet
      ? { path: refusalsPath(gate.state), line: refusalSignal(call, decision, identities, at, gate.seal) }
      : undefined
  try {
    recordDecision(
      gate,
      gate.seal,
      {
        harness,
        agent: agent.slice(0, 200),
        session: session.slice(0, 200),
        tool: tool.slice(0, 500),
        effect,
        because,
        reason: reason.slice(0, 1000),
        ...(rule === undefined ? {} : { rule }),
        ...(run === undefined ? {} : { run }),
        ...(sizeFlaw(call.args) ? {} : { args: digestOf(call.args) }),
        ...(policy ? { policy: policy.sha256 } : {}),
      },
      at,
      also,
      budget,
    )
  } catch (error) {
    // Without a record nothing is allowed; what is refused stays refused, for its own reason.
    if (decision.effect !== 'deny') throw error
    return { ...decision, reason: `${decision.reason} (and this could not be recorded: ${messageOf(error)})` }
  }
  return decision
}

async function decided(
  gate: Gate,
  call: Call,
  now: Date,
  budget: Budget,
  more: More | undefined,
  { open }: Manner,
): Promise<{ decision: Decision; policy?: Policy }> {
  let policy: Policy | undefined
  try {
    policy = await loadPolicy(gate.policy, gate.seal, () => compiling(gate, budget))
    const held = await heldDecision(gate, policy, call, budget)
    if (held) return { decision: held, policy }
    const flaw = sizeFlaw(call.args)
    if (flaw !== undefined) return { decision: failed(`the arguments are ${flaw}`), policy }
    // A server that the proxy starts has the proxy's folder.
    const placed = call.harness === 'mcp' ? { cwd: process.cwd(), ...call } : call
    const identities = policy.agents[call.agent] ?? []
    const needs = needsOf(placed, ownPaths(gate))
    const judged = await judge(policy, placed, now, slowly, budget, needs)
    const unnamed = judged.because === 'policy' && judged.rule === undefined
    // Only the rule's own `permits` allows these abilities.
    const closed = needs.length > 0 && judged.effect === 'deny'
    const own = open === true && unnamed && !closed ? OPEN : judged
    const question = { call: { ...placed, ...comparableTool(placed) }, identities, time: now }
    // An engine is asked about tools, resources and prompts; the rest of the protocol is not what its policies are about.
    const decision =
      gate.engine && own !== OPEN && !closed ? await withEngine(gate.engine, question, own, budget) : own
    noteNeeds(gate, policy, call, decision, needs, now)
    const other = decision.effect === 'allow' && more ? await budget.without(more) : undefined
    return { decision: other ?? decision, policy }
  } catch (error) {
    return { decision: failed(messageOf(error)), ...(policy ? { policy } : {}) }
  }
}

const OPEN: Decision = { effect: 'allow', because: 'policy', reason: 'allowed unless a rule refuses it' }

/** Why an agent cannot go on with what it began, or undefined: it is held, or nobody knows whether it is. Puts nothing on record. */
export async function heldNow(gate: Gate, agent: string): Promise<Decision | undefined> {
  try {
    const budget = new Budget(secondsOf(process.env['INTERDICT_GATE_SECONDS']))
    return await heldDecision(gate, await loadPolicy(gate.policy, gate.seal), { agent, session: '' }, budget)
  } catch (error) {
    return failed(messageOf(error))
  }
}

/** CEL is loaded when a rule needs all of it, in a thread of its own. */
export const slowly: Slowly = async (...rule) => await (await import('./slow.ts')).slowly(...rule)

/** Ends compiling a policy with the budget. */
function compiling({ policy, state, config }: Gate, budget: Budget): void {
  try {
    budget.check()
  } catch (error) {
    const command = `interdict-gate compile ${[policy, '--state', state, '--config', config].map(quotedWord).join(' ')}`
    throw new Exhausted(`${messageOf(error)}, since the policy has to be compiled; run: ${command}`)
  }
}

async function heldDecision(
  gate: Gate,
  policy: Policy,
  { agent, session }: Pick<Call, 'agent' | 'session'>,
  budget: Budget,
): Promise<Decision | undefined> {
  const known = Object.keys(policy.agents)
  if (known.length > 0 && !known.includes(agent)) return failed(`the policy knows no agent '${agent}'`)
  const identities = [agent, ...(policy.agents[agent] ?? [])]
  if (gate.strange !== undefined) throw new Unbelievable(gate.strange)
  const runs = await budget.within(heldRuns(gate, gate.seal, gate.load, () => budget.check()))
  const run = runs.find(each => each.identities.some(id => identities.includes(id)))
  if (!run) return undefined
  const channel = channelOfSession(gate.state, gate.seal, agent, session.slice(0, 200))
  return {
    effect: 'deny',
    because: 'held',
    run: run.run,
    reason: `agent '${agent}' is held by run ${run.run}: ${run.reason}${channel ? ` (${channelText(channel)})` : ''}`,
  }
}

/** Keeps which sessions have a program open that no hook sees: a hold has to name them. Unless it is kept, nothing runs. */
function noteNeeds(
  gate: Gate,
  policy: Policy,
  { agent, session, harness }: Call,
  decision: Decision,
  needs: readonly Need[],
  now: Date,
): void {
  const need = needs.find(({ permit }) => permit === 'open-input')
  if (decision.effect === 'deny' || !need) return
  const identities = [agent, ...(policy.agents[agent] ?? [])]
  const channel = { agent, identities, harness, session: session.slice(0, 200), program: need.subject }
  noteChannel(gate.state, gate.seal, { ...channel, at: now.toISOString() })
}

/** Files and folders that an agent could take the gate away with. */
function ownPaths({ policy, state, config }: Gate): string[] {
  return [policy, `${policy}.checked`, state, config]
}

function failed(reason: string): Decision {
  return { effect: 'deny', because: 'error', reason }
}

/** Text of an error for the person at the harness: where it is, and no stack. */
export function messageOf(error: unknown): string {
  if (error instanceof Unbelievable) return `what is held is not known: ${error.message}`
  if (!(error instanceof Error)) return String(error)
  const where = 'where' in error && typeof error.where === 'string' ? ` (${error.where})` : ''
  return `${error.message}${where}`
}

function digestOf(args: Call['args']): string {
  return sha256(canonical(args))
}
