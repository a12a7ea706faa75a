import { horizonWayOut, type RestorePreview, restoreCommand } from '../engine/index.ts'
import { clockTime } from '../model/clock-time.ts'
import type { RestoreOptions } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { identityText } from '../model/identity-text.ts'
import { listed } from '../model/listed.ts'
import type { OpenRun } from './open-run.ts'

type Opened = Pick<OpenRun, 'world' | 'state'>

/** @throws Fault `horizon` where the restore would let sessions from before the containment work again */
export function refuseHorizon(
  preview: RestorePreview,
  options: RestoreOptions,
  { world, state }: Opened,
): void {
  const blocked = preview.changes.filter(change => change.blocked !== undefined)
  const [first] = blocked
  if (!first) return
  const latest = blocked
    .map(({ horizonEnds }) => horizonEnds ?? '')
    .sort()
    .at(-1)
  const until = latest === undefined || latest === '' ? '' : ` until ${clockTime(latest, world.clock())}`
  const stuck = options.stepDown ? `, and it cannot step down${reasonOf(first.blocked)}` : ''
  const text = `refused: sessions and tokens issued before the containment would work again${until}${stuck}`
  throw new Fault('horizon', text, {
    where: listed(blocked.map(({ identity }) => identityText(identity))),
    next: horizonWayOut(preview, restoreCommand({ run: state.run, world }), options),
  })
}

/** @throws the same for the restore that follows a rotation: the rotation alone is possible now */
export function refuseHorizonAfterRotation(
  preview: RestorePreview,
  options: RestoreOptions,
  { state, world }: Opened,
): void {
  const first = preview.changes.find(({ blocked }) => blocked !== undefined)
  if (!first) return
  const command = restoreCommand({ run: state.run, world })
  throw new Fault('horizon', `refused: ${first.blocked}`, {
    next: `rotate now with ${command.replace('restore', 'rotate')} --into DESTINATION, and restore later; or ${horizonWayOut(preview, command, options)}`,
  })
}

/** The part in brackets of why a change cannot step down. */
function reasonOf(blocked: string | undefined): string {
  const reason = /^it cannot step down( \(.*?\));/s.exec(blocked ?? '')?.[1]
  return reason ?? ''
}
