import type { Asked } from '../approval/judge.ts'
import type { PreviewedChange, RestoreOptions } from '../model/entry.ts'
import { digest } from '../model/json.ts'
import type { Plan, Target } from '../model/plan.ts'
import { RECENT } from '../model/recent-grants.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import type { RunState } from '../model/run/state.ts'
import type { Removal } from '../rotate/prepare.ts'
import type { Act } from './approvals.ts'
import { countsOf } from './approvals.ts'
import type { Host } from './host.ts'
import type { OpenRun } from './open-run.ts'
import type { RestoreChoices } from './restore-options.ts'

/** Where an act takes place, in a statement. */
function targetText({ kind, at }: Target): string {
  return kind === 'live' && at === '' ? 'live' : `${kind}:${at}`
}

/** The carrying out of a plan, by the digest of its file. */
export function containAct(host: Pick<Host, 'house'>, plan: Plan, subject: string, now: string): Act {
  const counts = countsOf(host, plan.approvals)
  const oneWay = plan.acceptOneWay === true || plan.changes.some(each => each.oneWay !== undefined)
  const digestOfFile = plan.approval ?? `sha256:${digest(plan)}`
  return {
    needed: Math.max(counts.contain ?? 0, oneWay ? (counts['one-way'] ?? 0) : 0),
    asked: {
      act: 'contain',
      run: plan.run,
      target: targetText(plan.target),
      digest: digestOfFile,
      options: [
        ...(plan.acceptOneWay ? ['accept-one-way'] : []),
        ...(plan.includeProtected ?? []).map(each => `include-protected=${each}`),
      ].sort(),
    },
    words: [subject, '--digest', digestOfFile],
    now,
  }
}

/** A restore, by the list of its decisions: a setting that drifts afterwards makes another list. */
export function restoreAct(
  host: Pick<Host, 'house'>,
  { state, world, first }: Pick<OpenRun, 'state' | 'world' | 'first'>,
  changes: readonly PreviewedChange[],
  { options, only, choices }: { options: RestoreOptions; only: readonly string[]; choices: RestoreChoices },
): Act {
  const counts = countsOf(host, state.plan.approvals)
  const gives = (options.giveBack ?? []).length > 0
  return {
    needed: Math.max(counts.restore ?? 0, gives ? (counts['give-back'] ?? 0) : 0),
    asked: {
      ...placeOf(state, 'restore'),
      digest: `sha256:${digest(decisionsOf(changes))}`,
      options: widening(options),
    },
    words: [state.run, ...restoreWords(only, options, choices)],
    now: world.clock(),
    run: { state, first },
  }
}

/** A rotation, by the credentials that are replaced, where the new ones go, and what is restored afterwards. */
export function rotateAct(
  host: Pick<Host, 'house'>,
  { state, world, first }: Pick<OpenRun, 'state' | 'world' | 'first'>,
  planned: readonly PlannedRotation[],
  request: {
    into: string
    removal: Removal
    restored: readonly PreviewedChange[]
    only: readonly string[]
    options: RestoreOptions
    choices: RestoreChoices | undefined
  },
): Act {
  const { into, removal, restored, only, options, choices } = request
  const counts = countsOf(host, state.plan.approvals)
  const credentials = planned.map(({ key, rotation, place, existing, first: before }) => ({
    ...{ key, rotation, place, existing: existing.map(({ name, enabled }) => ({ name, enabled })), before },
  }))
  return {
    needed: Math.max(counts.restore ?? 0, removal === 'never' ? 0 : (counts['one-way'] ?? 0)),
    asked: {
      ...placeOf(state, 'rotate'),
      digest: `sha256:${digest({ credentials, restored: decisionsOf(restored) })}`,
      options: [
        `into=${into}`,
        ...(removal === 'never' ? [] : [removal === 'first' ? 'delete-first' : 'delete-old']),
        ...(choices === undefined ? [] : ['restore', ...widening(options)]),
      ].sort(),
    },
    words: [
      ...[state.run, '--rotate', '--into', into],
      ...(removal === 'never' ? [] : [removal === 'first' ? '--delete-first' : '--delete-old']),
      ...(choices === undefined ? ['--no-restore'] : []),
      ...restoreWords(only, options, choices),
    ],
    now: world.clock(),
    run: { state, first },
  }
}

function placeOf({ run, plan }: RunState, act: 'restore' | 'rotate'): Pick<Asked, 'act' | 'run' | 'target'> {
  return { act, run, target: targetText(plan.target) }
}

/** The decisions of a restore, without the times that a step-down is written with. */
function decisionsOf(changes: readonly PreviewedChange[]): unknown {
  return changes.map(({ key, identity, interruption, entries, fault }) => ({
    ...{ key, id: identity.id, uid: identity.uid, interruption },
    ...(fault === undefined ? {} : { fault: fault.code }),
    entries: entries.map(({ entry, decision, live, to }) => ({
      ...{ entry, decision, live },
      ...(decision === 'step-down' ? {} : { to }),
    })),
  }))
}

/** The options that make a restore give more, or check less. */
function widening(options: RestoreOptions): string[] {
  const { acceptLiveTokens, drift, giveBack = [], leave = [], recent } = options
  return [
    ...(acceptLiveTokens ? ['accept-live-tokens'] : []),
    ...(drift === 'skip' ? [] : [`drift=${drift}`]),
    ...giveBack.map(id => `give-back=${id}`),
    ...leave.map(name => `leave=${name}`),
    ...(recent === undefined ? ['include-recent'] : recent === RECENT ? [] : [`recent-window=${recent}s`]),
  ].sort()
}

/** The flags of a command that has the same decisions. */
function restoreWords(
  only: readonly string[],
  { acceptLiveTokens, drift, giveBack = [], leave = [], stepDown, recent }: RestoreOptions,
  choices: RestoreChoices | undefined,
): string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap(value => [flag, value])
  return [
    ...each('--only', only),
    ...(acceptLiveTokens ? ['--accept-live-tokens'] : stepDown ? [] : ['--no-step-down']),
    ...(drift === 'skip' ? [] : ['--drift', drift]),
    ...each('--give-back', giveBack),
    ...each('--leave', leave),
    ...(choices !== undefined && recent === undefined ? ['--include-recent'] : []),
    ...(recent === undefined || recent === RECENT ? [] : ['--recent-window', `${recent}s`]),
    ...each('--log', choices?.log ?? []),
  ]
}
