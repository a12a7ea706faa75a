import { toggle } from '../../../../src/clouds/kit/lens/toggle.ts'
import type { Town } from '../town.ts'

/** Switches a badge off. */
export const badgeDisable = toggle<Town, Record<string, never>>({
  cloud: 'toy',
  kind: 'badge',
  summary: 'Switch the badge off',
  leaves: 'doors that stand open',
  permissions: { read: ['badges.get'], off: ['badges.set'], on: ['badges.set'] },
  async look(town, { identity }) {
    const enabled = town.get(identity.name)
    return enabled === undefined ? undefined : { uid: `UID-${identity.name}`, enabled }
  },
  async turn(town, { identity }, on) {
    town.set(identity.name, on)
  },
})
