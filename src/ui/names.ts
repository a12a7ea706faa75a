import { type Names, namesOf } from '../model/identity-text.ts'
import type { Plan } from '../model/plan.ts'
import type { RunState } from '../model/run/state.ts'

/** Everybody that a plan speaks of and knows more of than an id. */
export function namesInPlan({ changes, spared, overruled = [], refused }: Plan): Names {
  return namesOf([...changes, ...spared, ...overruled, ...refused].map(({ identity }) => identity))
}

export function namesInRun({ plan, changes, found }: RunState): Names {
  const later = [...changes.values(), ...found].map(({ identity }) => identity)
  return new Map([...namesInPlan(plan), ...namesOf(later)])
}
