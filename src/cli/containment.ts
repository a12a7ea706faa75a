import { approvalDigest } from '../model/plan.ts'
import { isOpen } from '../model/run/replay.ts'
import { REAL } from '../model/timing.ts'
import { type Contained, containPlaybook as contain, planContainment } from '../toolkit/contain.ts'
import { containCommand, sealedPlan, writeNew } from '../toolkit/plan-file.ts'
import type { PlanRequest } from '../toolkit/plan-request.ts'
import { recordBeforeRun } from '../toolkit/resume-advice.ts'
import type { ScopeFlags } from '../toolkit/scope-settings.ts'
import { heldJson, heldText } from '../ui/held-text.ts'
import { containJson, jsonText, planJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { planText } from '../ui/plan.ts'
import { summaryText } from '../ui/summary.ts'
import { needYes } from './ask.ts'
import { exitOf, exitOfPlan } from './exit-code.ts'
import { foldersOf } from './folders.ts'
import { pasteable } from './hint-place.ts'
import { hosted } from './host.ts'
import { notifiersFor } from './notifiers.ts'
import { tellOpenChannels } from './open-channels.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { containMessage, notifyRun } from './run-notes.ts'
import { exitWith, print, tell } from './terminal.ts'

interface PlanFlags extends RunFlags, ScopeFlags {
  /** A playbook's file or name, or a plan's file. */
  subject: string
  input?: string[] | undefined
  all?: boolean
  acceptOneWay?: boolean
  includeProtected?: string[] | undefined
  cloud?: string[] | undefined
  out?: string | undefined
  digest?: string | undefined
}

interface ContainFlags extends PlanFlags {
  ticket?: string | undefined
  ttl?: number | undefined
  noWait?: boolean
  notify?: readonly string[] | undefined
  /** Seconds for which it is guarded afterwards. */
  guard?: number | undefined
  stack?: boolean
  tool: string
}

/** `plan` and `contain --dry-run`: shows the plan, and changes nothing. */
export async function showPlan(flags: PlanFlags): Promise<void> {
  const plan = await hosted({ ...flags, yes: false }, host => planContainment(host, planRequest(flags)))
  const unreached = plan.unreached.map(each => ({ ...each, fault: recordBeforeRun(each.fault) }))
  const shown = { ...plan, unreached }
  if (flags.out !== undefined) {
    await writeNew(flags.out, await sealedPlan(shown, 'plan', foldersOf(flags)))
    const digest = approvalDigest(shown)
    tell(`plan of ${plan.changes.length} changes written to ${flags.out}`)
    tell(`digest ${digest}`)
    tell(`carry it out with: ${containCommand(flags.out, digest, flags.lab === true)}`)
  }
  if (flags.json) await print(jsonText(planJson(shown)))
  else if (flags.out === undefined)
    await print(planText(plan, await pageOf(process.stdout, { now: plan.at, all: flags.all === true })))
  exitWith(exitOfPlan(plan))
}

/** `contain`: plans, asks, contains and prints the summary; with `--guard` goes on guarding. */
export async function containPlaybook(flags: ContainFlags): Promise<void> {
  needYes(flags, '--dry-run')
  const { tool } = flags
  // Who cannot be notified is known before anything is changed.
  const notifiers = await notifiersFor(flags, REAL)
  const contained = await hosted(flags, host => contain(host, { ...flags, ...planRequest(flags) }), {
    tool,
    changes: true,
  })
  if (contained.outcome === 'run') {
    const { changes } = contained.state.plan
    await tellOpenChannels(
      flags,
      changes.map(({ identity }) => identity.id),
    )
    await notifyRun(notifiers, containMessage(contained.state, contained.now), REAL)
    // The state folder is free again: a person may restore while it is guarded.
    if (flags.guard !== undefined && isOpen(contained.state)) {
      const { guardRun } = await import('./guarding.ts')
      return await guardRun(contained.state.run, { ...flags, for: flags.guard })
    }
  }
  await showContained(contained, flags)
  exitWith(exitOf(contained))
}

function planRequest(flags: PlanFlags): PlanRequest {
  return { ...flags, ...runRequest(flags) }
}

async function showContained(contained: Contained, { json, all = false }: PlanFlags): Promise<void> {
  if (contained.outcome === 'held') {
    const { holders, plan, unproven } = contained
    const page = await pageOf(process.stdout, { now: plan.at, all })
    await print(
      json ? jsonText(heldJson(holders, plan, unproven)) : pasteable(heldText(holders, plan, unproven, page)),
    )
    return
  }
  const { state, path, now } = contained
  const page = await pageOf(process.stdout, { now, all })
  await print(json ? jsonText(containJson(contained)) : pasteable(summaryText(state, path, page)))
}
