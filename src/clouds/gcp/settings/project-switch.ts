import type { Interruption } from '../../../model/interruption.ts'
import { type Toggle, toggle } from '../../kit/lens/toggle.ts'
import type { GcpClient } from '../client.ts'
import { lacks } from './one-way.ts'

type NoParams = Record<string, never>

/** A switch of something that belongs to a project. */
export type ProjectSwitch = Omit<Toggle<GcpClient, NoParams>, 'cloud' | 'permissions'> & {
  /** One permission each. */
  permissions: { get: string; off: string; on: string }
}

/**
 * Makes the lens of a switch in a project. It is looked at right before it is turned, since Google counts every write and
 * some of them begin an operation that takes its time.
 */
export function projectSwitch(it: ProjectSwitch): Interruption<GcpClient, NoParams> {
  const { get, off, on } = it.permissions
  return toggle({
    oneWay: client => lacks(client, `projects/${client.project}`, on),
    ...it,
    cloud: 'gcp',
    permissions: { read: [get], off: [off], on: [on] },
    async turn(client, context, wanted) {
      const live = await it.look(client, context)
      if (live !== undefined && live.enabled !== wanted) await it.turn(client, context, wanted)
    },
  })
}
