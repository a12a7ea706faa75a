import { toFault } from '../model/fault.ts'
import type { PlannedChange, RefusedChange } from '../model/plan.ts'
import { contextFor, interruptionOf, sessionOf, type World } from './world.ts'

interface Question {
  run: string
  change: PlannedChange
  accept: boolean
  /** Added to, where somebody should know. */
  warnings: string[]
}

/** Refuses what these credentials could not put back, unless that is accepted. Not being able to tell is a warning. */
export async function checkOneWay(
  world: World,
  { run, change, accept, warnings }: Question,
): Promise<PlannedChange | RefusedChange> {
  const { identity, interruption, at, seen, step, differences } = change
  const lens = interruptionOf(world, interruption)
  if (!lens.oneWay || differences.length === 0) return change
  const name = `${identity.kind} ${identity.name} ${interruption}`
  let reason: string | undefined
  try {
    const { client } = sessionOf(world, identity)
    reason = await lens.oneWay(client, contextFor(run, at, change, seen))
  } catch (error) {
    const fault = toFault(error)
    if (fault.code === 'bug' || fault.code === 'interrupted') throw error
    warnings.push(`${name}: whether these credentials could put it back is not known: ${fault.message}`)
    return change
  }
  if (reason === undefined) return change
  const because = `could not be put back by these credentials: ${reason}`
  if (!accept) return { identity, interruption, step, because: `${because} (--accept-one-way)` }
  warnings.push(`${name} ${because}`)
  return { ...change, oneWay: reason }
}
