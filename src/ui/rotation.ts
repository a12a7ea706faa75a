import { placeOfRun, runCommand } from '../model/command-text.ts'
import { identityText } from '../model/identity-text.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import type { RunState } from '../model/run/state.ts'
import type { Page } from './page.ts'
import { clip, plain, wrap } from './text.ts'

/** Returns the steps of a rotation. */
export function rotationPlanText(
  state: RunState,
  planned: readonly PlannedRotation[],
  removal: 'never' | 'after' | 'first',
  page: Page,
): string {
  const lines = [clip(`${state.run} · ${plain(state.plan.playbook.name)} · rotate`, page.columns), '']
  for (const { identity, place, sink, existing, limit, ofOwner, gone, stays, first, blocked } of planned) {
    const room = limit === undefined ? '' : ` of ${limit}`
    lines.push(clip(`  ${identityText(identity)}  (${existing.length}${room} there)`, page.columns))
    const steps = [
      ...(first ? ['the old one is deleted first: there is no room for two'] : []),
      `a new one into ${plain(place)}${sink === 'next version' ? ', as the next version of what is there' : ''}; read back and tried`,
      ...(stays === undefined ? [] : [plain(stays)]),
      gone
        ? 'the old one is off already, and stays off for good'
        : oldText({ first, removal, gone: ofOwner ? existing.map(({ name }) => name) : [] }),
    ].filter(text => text !== '')
    for (const text of steps) lines.push(...folded(text, '      ', page))
    if (blocked) {
      const text = `✖ ${plain(blocked.message)}${blocked.next ? `; ${plain(blocked.next)}` : ''}`
      lines.push(...folded(text, '    ', page).map(line => page.paint.open(line)))
    }
  }
  return `${lines.join('\n')}\n\n`
}

function oldText({ first, removal, gone }: { first: boolean; removal: string; gone: string[] }): string {
  if (first) return ''
  if (gone.length > 0) return `before access returns these are deleted: ${gone.map(plain).join(', ')}`
  return removal === 'never'
    ? 'the old one stays off for good; delete it'
    : 'the old one is deleted once the new one works'
}

/** Returns the result of a rotation. */
export function rotatedText(state: RunState, page: Page): string {
  const lines: string[] = []
  for (const key of state.rotation?.keys ?? []) {
    const change = state.changes.get(key)
    if (!change) continue
    const { identity, rotation } = change
    const { done, fault, oldDeleted, orphans = [], attempt } = rotation ?? {}
    if (done) {
      const tried = done.tried === 'works' ? 'it works' : triedText(done.tried)
      lines.push(
        ...folded(
          `${identityText(identity)} → ${plain(done.name)} in ${plain(done.place)}: ${tried}`,
          '  ',
          page,
        ),
      )
      lines.push(
        ...folded(
          oldDeleted
            ? done.ofOwner
              ? 'the old ones are deleted'
              : 'the old one is deleted'
            : 'the old one stays off for good: delete it',
          '    ',
          page,
        ),
      )
      if (fault) {
        const text = `✖ ${plain(fault.message)}${fault.next ? `; ${plain(fault.next)}` : ''}`
        lines.push(...folded(text, '    ', page).map(line => page.paint.open(line)))
      }
    } else if (fault) {
      const text = `✖ ${identityText(identity)}: ${plain(fault.message)}; it stays off, and so does its owner`
      lines.push(...folded(text, '  ', page).map(line => page.paint.open(line)))
      if (fault.next) lines.push(...folded(plain(fault.next), '    ', page))
    } else {
      const text = `✖ ${identityText(identity)}: ${attempt ? 'begun' : 'not begun'}; ${runCommand('resume', placeOfRun(state))} goes on`
      lines.push(...folded(text, '  ', page).map(line => page.paint.open(line)))
    }
    for (const { name, outcome, because } of orphans) {
      const text = `${plain(name)} was left of an attempt that ended early: ${outcome}${because ? ` (${plain(because)})` : ''}`
      lines.push(
        ...folded(text, '    ', page).map(line => (outcome === 'kept' ? page.paint.open(line) : line)),
      )
    }
  }
  if (state.rotation?.fault) {
    const { message } = state.rotation.fault
    lines.push(...folded(`✖ ${plain(message)}`, '  ', page).map(line => page.paint.open(line)))
  }
  const held = [...state.changes.values()].some(change => change.held.length > 0)
  if (held && state.rotation?.finished !== 'interrupted' && !state.restore) {
    lines.push('', `next  ${runCommand('restore', placeOfRun(state))}`)
  }
  return `${lines.join('\n')}\n`
}

function triedText(tried: 'owner-off' | 'refused' | undefined): string {
  return tried === 'owner-off'
    ? 'not tried yet, since its owner is off; the restore tries it'
    : 'the cloud does NOT let it in'
}

function folded(text: string, indent: string, page: Page): string[] {
  return wrap(text, page.columns - indent.length - 2).map(
    (line, at) => `${indent}${at === 0 ? '' : '  '}${line}`,
  )
}
