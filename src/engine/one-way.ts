import { unlessBug } from '../model/fault.ts'
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
    const fault = unlessBug(error)
    warnings.push(`${name}: whether these credentials could put it back is not known: ${fault.message}`)
    return change
  }
  if (reason === undefined) return await withWayBack(world, { run, change, accept, warnings }, name)
  const because = `could not be put back by these credentials: ${reason}`
  if (!accept) return { identity, interruption, step, because: `${because} (--accept-one-way)` }
  warnings.push(`${name} ${because}`)
  return { ...change, oneWay: reason }
}

/** Takes a fallback out of the plan that these credentials could not put back, unless that is accepted. */
async function withWayBack(
  world: World,
  { run, change, accept, warnings }: Question,
  name: string,
): Promise<PlannedChange> {
  const { fallback, ...rest } = change
  const { identity, interruption, at, seen, differences } = rest
  if (fallback === undefined) return change
  const added = differences.filter(({ from, to }) => from === undefined && to !== undefined)
  const context = contextFor(
    run,
    at,
    change,
    seen,
    added.map(({ entry }) => entry),
  )
  let reason: string | undefined
  try {
    reason = await interruptionOf(world, interruption).oneWay?.(sessionOf(world, identity).client, context)
  } catch (error) {
    const fault = unlessBug(error)
    warnings.push(`${name}: whether the fallback could be put back is not known: ${fault.message}`)
    return change
  }
  if (reason === undefined) return change
  const noFallback = `could not be put back by these credentials: ${reason}`
  if (accept) {
    warnings.push(`${name}: if the cloud refuses the deny, what is done instead ${noFallback}`)
    return { ...change, oneWay: reason }
  }
  return { ...rest, noFallback }
}
