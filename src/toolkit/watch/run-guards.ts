import { toFault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import { asking } from '../../model/purpose.ts'
import { guardIn } from '../guard-run.ts'
import { direct } from '../host.ts'
import { scopeOfPlan } from '../scope.ts'
import { join as joinClouds } from '../target.ts'
import type { ReactorOptions } from './reactor-options.ts'
import type { RightOfWay } from './right-of-way.ts'

/** Guards beside a watch: each keeps one run, at least until the clouds enforce it. */
export interface WatchGuards {
  /** Begins to guard a run, unless it is guarded. @param scope what it was made with */
  begin(run: string, scope: { [cloud: string]: Json }): void
  has(run: string): boolean
  /** Resolves once no run is guarded any more. */
  guarded(): Promise<void>
  /** Ends all of them: what is in hand is finished. */
  end(): Promise<void>
}

/**
 * Begins with the runs that an earlier watch had set, and that no cloud enforced yet when it ended.
 *
 * @param way that of the firings, to which the guards give way
 */
export async function watchGuards(options: ReactorOptions, way: RightOfWay): Promise<WatchGuards> {
  const { store, providers, lab, warn, timing, environment, during = direct } = options
  /** By run. */
  const guards = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const { signal } = stopping

  async function guard(run: string, scope: { [cloud: string]: Json }): Promise<void> {
    try {
      const listen = () => undefined
      const joined = await joinClouds({ providers, scope, lab, listen, run, signal, timing, environment })
      try {
        const report = (news: Parameters<ReactorOptions['news']>[1]) => options.news(run, news)
        await guardIn(joined.world, { warn, during }, store, run, { for: options.guard, report })
      } finally {
        await joined.close()
      }
    } catch (error) {
      if (!signal.aborted) warn(`run ${run} is not guarded: ${toFault(error).message}`)
    }
  }

  const all: WatchGuards = {
    begin(run, scope) {
      if (guards.has(run) || signal.aborted) return
      const guarding = asking({ purpose: 'other', giveWay: () => way.give() }, () => guard(run, scope))
      guards.set(run, guarding)
      void guarding.finally(() => guards.delete(run))
    },
    has: run => guards.has(run),
    async guarded() {
      while (guards.size > 0) await Promise.all(guards.values())
    },
    async end() {
      stopping.abort()
      await Promise.all(guards.values())
    },
  }
  for (const each of await store.list()) {
    if ('state' in each && each.state.cause && each.state.finished === 'settling' && !each.state.restore) {
      all.begin(each.state.run, await scopeOfPlan(each.state.plan, providers))
    }
  }
  return all
}
