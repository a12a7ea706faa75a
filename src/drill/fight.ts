import { type Actors, type Call, IN_TOKEN, isInToken, type Move } from '../lab/actors/index.ts'
import type { Event } from '../model/event.ts'
import type { Timing } from '../model/timing.ts'
import type { FightReport } from './report.ts'

/** A rehearsal in which the thief fights back. */
export interface FightRequest {
  /** Milliseconds until the lab's data planes know of a change. */
  propagationMs: number
  /** Milliseconds between two rounds of the thief. */
  periodMs: number
  /** Chooses the thief's jitter and order. */
  seed: number
  /** The thief has a second identity; false when missing. */
  helper?: boolean
  /** The thief undoes everything at once; false when missing. */
  parallel?: boolean
}

/** In a fight the thief is given up for lost, or has lost, after so many propagation delays. */
const DELAYS = 10

/** Times in milliseconds of the timing's clock. */
export interface FightTimes {
  /** The first change that the cloud took. */
  firstWrite: number
  /** When the containment returned. */
  contained: number
}

/** Hears of the first write. */
export class FirstWrite {
  at: number | undefined
  readonly #now: () => number

  /** @param now the clock, in milliseconds */
  constructor({ now }: Pick<Timing, 'now'>) {
    this.#now = now
  }

  hear(event: Event): void {
    if (event.type !== 'entry' || event.entry.type !== 'change.written') return
    this.at ??= this.#now()
  }
}

/** So long without an accepted call, and the thief is out: what was in flight or propagating has arrived. */
export function quietMs({ propagationMs }: FightRequest): number {
  return 3 * propagationMs + 2000
}

/**
 * Lets the thief go on until it has been refused for long enough, or until it has had ten propagation delays and is
 * still accepted.
 */
export async function waitForOutcome(
  scene: Actors,
  request: FightRequest,
  { firstWrite, contained }: FightTimes,
  timing: Timing,
  signal: AbortSignal | undefined,
): Promise<void> {
  const quiet = quietMs(request)
  const limit = Math.max(contained, firstWrite + DELAYS * request.propagationMs) + quiet
  while (timing.now() < limit && signal?.aborted !== true) {
    const last = Math.max(contained, lastAccepted(thiefCalls(scene)) ?? firstWrite)
    if (timing.now() - last > quiet) return
    await timing.sleep(50, signal)
  }
}

/** Calls of thieves in the name of what was taken over; those of a second identity are left out. */
export function thiefCalls(scene: Actors): Call[] {
  const { thieves } = scene.scenario
  return scene.calls().filter(({ actor, helper }) => thieves.includes(actor) && helper !== true)
}

function lastAccepted(calls: readonly Call[]): number | undefined {
  return calls.findLast(call => call.accepted && !isInToken(call))?.at
}

export interface FightFacts {
  request: FightRequest
  times: FightTimes
  /** The run's word for how it ended. */
  run: FightReport['run']
  /** Counter-moves that the run noticed. */
  noticed: number
  /** Calls of the second identity count too: the playbook contains it. */
  helperContained: boolean
  /** When the thief was stopped, in milliseconds of the timing's clock. */
  ended: number
}

/** The result of the fight. */
export function fightReportOf(scene: Actors, facts: FightFacts): FightReport {
  const { request, times, run, noticed, helperContained, ended } = facts
  const { propagationMs, periodMs, seed, helper = false, parallel = false } = request
  const { thieves } = scene.scenario
  const calls = scene
    .calls()
    .filter(call => thieves.includes(call.actor) && (helperContained || call.helper !== true))
  const since = calls.filter(({ at }) => at >= times.firstWrite)
  const accepted = since.filter(call => call.accepted)
  const elsewhere = accepted.filter(call => !isInToken(call))
  const inToken = accepted.filter(isInToken)
  const moves = scene.moves()
  const undone = moves.filter(({ kind, at }) => kind === 'undone' && at >= times.firstWrite)
  const last = Math.max(0, (elsewhere.at(-1)?.at ?? times.firstWrite) - times.firstWrite)
  const out = ended - (elsewhere.at(-1)?.at ?? times.firstWrite) > quietMs(request) / 2
  return {
    seed,
    periodMs,
    propagationMs,
    helper,
    helperContained,
    parallel,
    run,
    containMs: Math.round(times.contained - times.firstWrite),
    watchedMs: Math.round(ended - times.firstWrite),
    undone: undone.length,
    by: countsOf(undone),
    noticed,
    accepted: elsewhere.length,
    refused: since.filter(call => !call.accepted).length,
    lastAcceptedMs: Math.round(last),
    delays: Math.round((last / propagationMs) * 10) / 10,
    inToken: {
      accepted: inToken.length,
      lastAcceptedMs: Math.round(Math.max(0, (inToken.at(-1)?.at ?? times.firstWrite) - times.firstWrite)),
    },
    acceptedAfterComplete:
      run === 'complete' ? accepted.filter(({ begun }) => begun > times.contained).length : 0,
    winner: out ? 'responder' : 'thief',
    made: [...new Set(moves.filter(({ kind }) => kind === 'made').map(({ what }) => what))],
  }
}

/**
 * The thief is out, nothing of his was accepted after the run had been said to be complete, and the run says how it stands.
 * It may be contested: a second identity, or rights in a token from before, can go on undoing what no longer lets him in.
 */
export function isWon({ winner, acceptedAfterComplete, run }: FightReport): boolean {
  return winner === 'responder' && acceptedAfterComplete === 0 && (run === 'complete' || run === 'contested')
}

function countsOf(moves: readonly Move[]): { [operation: string]: number } {
  const counts = new Map<string, number>()
  for (const { by: operation } of moves) {
    const by = operation.replace(IN_TOKEN, '')
    counts.set(by, (counts.get(by) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}
