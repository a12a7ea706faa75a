import { strictest } from '../approvals.ts'
import { nearest } from '../document/problems.ts'
import { Fault } from '../fault.ts'
import { configPlaceText, type HouseRules } from '../house.ts'
import { readInput } from './inputs.ts'
import type { InputSpec, Playbook } from './playbook.ts'

/**
 * Returns a playbook under the rules of the house: their protections in addition to its own, its limits not above the ceilings, and
 * the configured defaults of its inputs and its review date. In the lab the defaults do not count: they name what is in the clouds.
 *
 * @throws Fault `invalid-input` for a default of an input that the playbook does not have, or that it does not take
 */
export function withHouse(
  playbook: Playbook,
  house: Omit<HouseRules, 'scope'> | undefined,
  { lab }: { lab: boolean },
): Playbook {
  if (house === undefined) return playbook
  const { protect, ceilings, approvals } = house
  const { identities, share } = playbook.limit
  const defaults = Object.hasOwn(house.playbooks, playbook.name) ? house.playbooks[playbook.name] : undefined
  return {
    ...playbook,
    limit: {
      identities: Math.min(identities, ceilings.identities?.most ?? identities),
      share: Math.min(share, ceilings.share?.most ?? share),
    },
    ...(lab || defaults === undefined
      ? {}
      : { inputs: inputsWith(playbook, defaults.inputs), ttl: defaults.ttl ?? playbook.ttl }),
    ...(approvals === undefined ? {} : { approvals: strictest(playbook.approvals, approvals.counts) }),
    house: { protect, ceilings },
  }
}

function inputsWith(
  { name, inputs }: Playbook,
  defaults: HouseRules['playbooks'][string]['inputs'],
): { [name: string]: InputSpec } {
  const configured = Object.entries(defaults).map(([input, { value, at }]): [string, InputSpec] => {
    const where = configPlaceText(at)
    const spec = Object.hasOwn(inputs, input) ? inputs[input] : undefined
    if (spec === undefined) {
      const near = nearest(input, Object.keys(inputs))
      throw new Fault('invalid-input', `the playbook ${name} has no input '${input}'`, {
        where,
        ...(near === undefined ? {} : { next: `did you mean '${near}'?` }),
      })
    }
    const read = readInput(spec, value)
    if ('flaw' in read) throw new Fault('invalid-input', `input '${input}' ${read.flaw}`, { where })
    return [input, { ...spec, default: read.value }]
  })
  return { ...inputs, ...Object.fromEntries(configured) }
}
