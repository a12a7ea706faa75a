import { budgetsOf } from '../../guard/budgets.ts'
import { commandText } from '../../model/command-text.ts'
import type { Playbook } from '../../model/playbook/playbook.ts'
import { ruleNames } from '../../model/playbook/triggers.ts'
import { type Timing, timestamp } from '../../model/timing.ts'
import type { Trigger } from '../../model/watch.ts'

/** The start of a watch: the event `started` of `--json`, and the first lines for people. */
export interface Started {
  event: 'started'
  /** RFC 3339. */
  time: string
  mode: 'propose' | 'act'
  /** Containments in an hour, and the shares of it. */
  ceiling: ReturnType<typeof budgetsOf>
  playbooks: { name: string; file: string; triggers: StartedTrigger[] }[]
  /** Without secrets, each with the names of the formats and mappings that it may deliver. */
  sources: { name: string; formats: string[] }[]
  notify: string[]
  /** Identities of which it is known what is usual; 0: none, so that `first-seen` cannot fire. */
  learned: number
  /** A command that learns from the same sources, where there is one. */
  learn?: string
}

/** A trigger of a watch that has begun. */
export interface StartedTrigger {
  name: string
  /** Its reaction when it fires; `rule`: nothing by itself, a temporal trigger waits for it. */
  does: 'propose' | 'act' | 'rule'
  /** Why it cannot fire. */
  cannot?: string
}

/** A watch that is about to begin. */
export interface Starting {
  playbooks: readonly Playbook[]
  /** As they were given, and the names that they have without secrets. */
  sources: readonly { given: string; name: string; formats: readonly string[] }[]
  notify: readonly string[]
  mode: 'propose' | 'act'
  ceiling: number
  learned: number
  timing: Pick<Timing, 'date'>
  /** The sources and playbooks of the command line. */
  named: readonly string[]
  /** Flags that reading and the folders depend on. */
  profile?: string | undefined
  state?: string | undefined
  config?: string | undefined
  mapping?: string | undefined
  tokens?: string | undefined
  tenant?: string | undefined
}

/** How many triggers may contain by themselves. */
export function actingTriggers(playbooks: readonly Playbook[], mode: 'propose' | 'act'): number {
  const all = playbooks.flatMap(({ triggers = [] }) => triggers.map(each => doesOf(each, triggers, mode)))
  return all.filter(does => does === 'act').length
}

/** Returns what a watch begins with. */
export function startedOf(starting: Starting): Started {
  const { playbooks, sources, notify, mode, ceiling, learned, timing } = starting
  const learn = learned > 0 ? undefined : learnCommand(starting)
  const senders = { triggers: actingTriggers(playbooks, mode), sources: sources.length }
  return {
    event: 'started',
    time: timestamp(timing),
    mode,
    ceiling: budgetsOf(ceiling, senders),
    playbooks: playbooks.map(({ name, file, triggers = [] }) => ({
      name,
      file,
      triggers: triggers.map(trigger => ({
        name: trigger.name,
        does: doesOf(trigger, triggers, mode),
        ...(canFire(trigger, triggers, learned) ? {} : { cannot: 'nothing is learned yet' }),
      })),
    })),
    sources: sources.map(({ name, formats }) => ({ name, formats: [...formats] })),
    notify: [...notify],
    learned,
    ...(learn === undefined ? {} : { learn }),
  }
}

function doesOf(
  trigger: Trigger,
  triggers: readonly Trigger[],
  mode: 'propose' | 'act',
): StartedTrigger['does'] {
  if (ruleNames(triggers).has(trigger.name)) return 'rule'
  return mode === 'act' && trigger.mode === 'act' ? 'act' : 'propose'
}

/** A trigger with `first-seen` needs what was learned; one that waits for others needs as many that can fire. */
function canFire(trigger: Trigger, triggers: readonly Trigger[], learned: number): boolean {
  if (trigger.firstSeen !== undefined && learned === 0) return false
  const { type, rules = [], condition } = trigger.correlate ?? {}
  if (type !== 'temporal') return true
  const able = triggers.filter(each => rules.includes(each.name) && canFire(each, triggers, learned))
  return able.length >= (condition?.gte ?? 1)
}

/** For the shell, where the sources can be named without a secret and asked again. */
function learnCommand({ sources, named, ...flags }: Starting): string | undefined {
  const usable = sources.filter(({ given }) => /^(?:[\w,-]+@)?file:/.test(given))
  if (usable.length === 0) return undefined
  const kept = (['mapping', 'tokens', 'tenant', 'profile', 'state', 'config'] as const).flatMap(name => {
    const value = flags[name]
    return value === undefined ? [] : [`--${name}`, value]
  })
  const from = usable.flatMap(({ given }) => ['--source', given])
  return commandText(['watch', ...named, '--learn', '--once', ...from, ...kept], { lab: false })
}
