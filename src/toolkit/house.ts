import type { Playbook } from '../model/playbook/playbook.ts'
import { withHouse } from '../model/playbook/with-house.ts'
import type { Host } from './host.ts'
import { scopeWithDefaults } from './scope-defaults.ts'

/** The parts of a host that say which rules of the house count. */
export type Housed = Pick<Host, 'house'> & { lab: boolean }

/**
 * Returns a playbook under the rules of the host's house; each playbook that is planned, watched or resumed goes through here.
 *
 * @throws Fault `invalid-input` for a configured default that the playbook does not take
 */
export function underHouse(playbook: Playbook, { house, lab }: Housed): Playbook {
  if (house === undefined) return playbook
  const housed = withHouse(playbook, house, { lab })
  return lab ? housed : { ...housed, scope: scopeWithDefaults(playbook.scope, house.scope) }
}
