import type { Started, StartedTrigger } from '../toolkit/watch/started.ts'
import { count, plain } from './text.ts'

/** Returns what a watch begins with, for people, a line each. */
export function startedLines(started: Started): string[] {
  const { playbooks, sources, notify, ceiling, learned, learn } = started
  const cannot = playbooks.flatMap(({ name, triggers }) =>
    triggers.flatMap(each => (each.cannot === undefined ? [] : [`${name}/${each.name}`])),
  )
  const shares = [
    ...(ceiling.trigger < ceiling.all ? [`${ceiling.trigger} for one trigger`] : []),
    ...(ceiling.source < ceiling.all ? [`${ceiling.source} for one source`] : []),
    ...(ceiling.identity < ceiling.all ? [`${ceiling.identity} for one identity`] : []),
  ]
  const share = shares.length === 0 ? '' : ` (at most ${shares.join(', ')})`
  const lines = [
    ...playbooks.map(({ name, triggers }) => `watching ${name}: ${triggers.map(triggerText).join(', ')}`),
    ...sources.map(({ name, formats }) => `from ${name}: ${formats.join(', ')}`),
    `ceiling: ${count(ceiling.all, 'containment')} an hour${share}; what is beyond it is proposed`,
    notify.length === 0
      ? 'notifies nobody: --notify names who is to hear of it'
      : `notifies ${notify.join(', ')}`,
    learned > 0
      ? `learned what is usual for ${count(learned, 'identity', 'identities')}`
      : 'has learned nothing, so first-seen cannot fire',
  ]
  if (cannot.length > 0) {
    const how = learn ?? 'interdict watch --learn --once --source file:PATH, with PATH a file of past records'
    lines.push(`CANNOT FIRE: ${cannot.join(', ')}. Learn first: ${how}`)
  }
  return lines.map(plain)
}

function triggerText({ name, does }: StartedTrigger): string {
  return does === 'rule' ? `${name} (a part of others)` : `${name} (${does}s)`
}
