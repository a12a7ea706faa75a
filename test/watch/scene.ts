import type { Signal } from '../../src/model/signal.ts'
import type { Trigger } from '../../src/model/watch.ts'
import { Evaluator, type EvaluatorOptions, type WatchedPlaybook } from '../../src/watch/index.ts'

export const NOON = Date.UTC(2026, 10, 23, 12)

/** A signal at so many seconds after noon. */
export function signal(id: string, seconds: number, more: Partial<Signal> = {}): Signal {
  return {
    id,
    time: new Date(NOON + seconds * 1_000).toISOString(),
    cloud: 'aws',
    account: '111122223333',
    identity: { id: 'aws:111122223333:role/ci', kind: 'role', name: 'ci' },
    action: 'sts:AssumeRole',
    outcome: 'success',
    format: 'cloudtrail',
    details: {},
    ...more,
  }
}

export function trigger(more: Partial<Trigger> = {}): Trigger {
  return { name: 'one', when: 'true', inputs: { role: 'event.identity.name' }, cooldown: 0, ...more }
}

export function playbook(...triggers: Trigger[]): WatchedPlaybook {
  const inputs = { role: { type: 'string', description: 'a role', required: true } } as const
  return { name: 'stop', inputs, triggers }
}

export function evaluator(triggers: Trigger[], options: EvaluatorOptions = {}): Evaluator {
  return new Evaluator([playbook(...triggers)], options)
}

/** Ids of the signals on which something fired. */
export function firedOn(watch: Evaluator, signals: readonly Signal[], now = NOON + 86_400_000): string[] {
  return signals.flatMap(each => (watch.observe(each, now).firings.length > 0 ? [each.id] : []))
}
