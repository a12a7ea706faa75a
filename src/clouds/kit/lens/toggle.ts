import { z } from 'zod'
import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption, Permissions, Reading } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'

/** The one setting of everything that is on or off. */
export const ENABLED = 'enabled'

/** A cloud's reading of something that is on or off. */
export interface SwitchState {
  /** Its immutable id. */
  uid: string
  /** A text for what is neither: `expired`. It is not cut, and never written. */
  enabled: boolean | string
  seen?: Json
}

type Derived = 'id' | 'on' | 'read' | 'cut' | 'write'

/** Something that a cloud has a switch for: what its lens does not have in common with all others. */
export interface Toggle<Client, Params>
  extends Pick<Interruption<Client, Params>, 'summary' | 'leaves'>,
    Partial<Omit<Interruption<Client, Params>, Derived | 'summary' | 'leaves' | 'permissions'>> {
  cloud: string
  /** The kind of identity, which the id is made of. */
  kind: string
  permissions: { read: string[]; off: string[]; on: string[] }
  /** Reads the switch; `undefined` when the identity is gone. */
  look(client: Client, context: Context): Promise<SwitchState | undefined>
  /** Sets the switch. Setting it to what it is must change nothing. */
  turn(client: Client, context: Context, on: boolean): Promise<void>
}

type NoParams = Record<string, never>

/**
 * Makes the lens of a switch: `enabled` is true or false. A thing that is off already is left so, and a restore does not switch it
 * on. Without `horizon`, nothing issued before works again once it is on.
 */
export function toggle<Client, Params = NoParams>(it: Toggle<Client, Params>): Interruption<Client, Params> {
  const { cloud, kind, permissions, look, turn, ...more } = it
  return {
    id: `${cloud}.${kind}.disable`,
    verbs: ['disable'],
    on: [kind],
    reversal: { kind: 'exact' },
    params: z.strictObject({}) as unknown as Interruption<Client, Params>['params'],
    example: {} as Params,
    horizon: () => 0,
    ...more,
    permissions: switchPermissions(permissions),
    async read(client, context): Promise<Reading | undefined> {
      const found = await look(client, context)
      if (found === undefined) return undefined
      const { uid, enabled, seen } = found
      return { uid, facet: { [ENABLED]: enabled }, ...(seen === undefined ? {} : { seen }) }
    },
    cut: switchedOff,
    async write(client, from, to, context) {
      const on = turnWanted(from, to, context)
      if (on !== undefined) await turn(client, context, on)
    },
  }
}

function switchPermissions({ read, off, on }: Toggle<unknown, unknown>['permissions']): Permissions {
  return { read, cut: off, restore: on }
}

/** Whether a facet says that it is on. */
export function isOn(facet: Facet): boolean {
  return entryOf(facet, ENABLED) === true
}

/** The facet with the switch off, where it is on. Pure. */
export function switchedOff(facet: Facet): Facet {
  return isOn(facet) ? withEntries(facet, [[ENABLED, false]]) : facet
}

/**
 * How a write turns the switch: on, off, or not at all (`undefined`).
 *
 * @throws Fault `rejected` for a state that nobody can write
 */
export function turnWanted(
  from: Facet,
  to: Facet,
  { identity }: Pick<Context, 'identity'>,
): boolean | undefined {
  const wanted = entryOf(to, ENABLED)
  if (wanted === entryOf(from, ENABLED)) return undefined
  if (typeof wanted === 'boolean') return wanted
  throw new Fault(
    'rejected',
    `it is switched on or off, and cannot be set to ${String(wanted ?? 'nothing')}`,
    {
      where: identity.id,
    },
  )
}
