import { Fault } from '../fault.ts'
import type { Json } from '../json.ts'
import type { Playbook } from './playbook.ts'

/** As given: text from `--input name=value`, or plain data from a plan or from `drill.inputs`. */
export type GivenInputs = { readonly [name: string]: Json }

/** Names of required inputs that are neither given nor have a default, in the playbook's order. */
export function missingInputs(playbook: Playbook, given: GivenInputs): string[] {
  return Object.keys(playbook.inputs).filter(name => !Object.hasOwn(given, name))
}

/** The inputs, typed and checked; throws a Fault `invalid-input` that names the input and the flag. */
export function resolveInputs(playbook: Playbook, given: GivenInputs): { [name: string]: Json } {
  throw new Fault('bug', `not built yet: ${playbook.name} ${Object.keys(given).length}`)
}
