import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'
import { lacks } from './one-way.ts'
import { textOf } from './settings.ts'

/** Something that is on or off, with one call each. */
export interface Switch {
  kind: string
  summary: string
  leaves: string
  permissions: { get: string; off: string; on: string }
  horizon?: NonNullable<Interruption['horizon']>
  settles?: number
  /** Its immutable id and whether it is on; undefined when it is gone. */
  look(client: GcpClient, context: Context): Promise<{ uid: string; on: boolean } | undefined>
  turn(client: GcpClient, context: Context, on: boolean): Promise<void>
}

/** The entry `status` is `enabled` or `disabled`; what is off already is left so, and not switched on afterwards. */
export function switchOff(it: Switch): Interruption<GcpClient, Record<string, never>> {
  return {
    id: `gcp.${it.kind}.disable`,
    summary: it.summary,
    verbs: ['disable'],
    on: [it.kind],
    leaves: it.leaves,
    reversal: { kind: 'exact' },
    permissions: {
      read: [it.permissions.get],
      cut: [it.permissions.off],
      restore: [it.permissions.on],
    },
    params: z.strictObject({}),
    example: {},
    async read(client, context) {
      const found = await it.look(client, context)
      return found && { uid: found.uid, facet: { status: found.on ? 'enabled' : 'disabled' } }
    },
    cut: facet =>
      entryOf(facet, 'status') === 'enabled' ? withEntries(facet, [['status', 'disabled']]) : facet,
    async write(client, from, to, context) {
      const status = textOf(to, 'status')
      if (status === textOf(from, 'status')) return
      if (status !== 'enabled' && status !== 'disabled') {
        throw new Fault('rejected', `it cannot be set to ${status ?? 'nothing'}`, {
          where: context.identity.id,
        })
      }
      const on = status === 'enabled'
      const live = await it.look(client, context)
      if (live && live.on !== on) await it.turn(client, context, on)
    },
    oneWay: client => lacks(client, `projects/${client.project}`, it.permissions.on),
    ...(it.settles === undefined ? {} : { settles: it.settles }),
    horizon: it.horizon ?? (() => 0),
  }
}
