/** A place in a record: names of members and indexes of lists. */
export type RecordPath = readonly string[]

const MOST_STEPS = 16
const STEP = /\.([\w@-]{1,100})|\[(\d{1,4})\]|\['([^'\\]{1,100})'\]/y

/** Reads `$.actor.user['e-mail'].ids[0]`; undefined when it is no path. */
export function parsePath(text: string): RecordPath | undefined {
  if (!text.startsWith('$') || text.length > 500) return undefined
  const steps: string[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text)
    const step = match?.[1] ?? match?.[2] ?? match?.[3]
    if (step === undefined || steps.length === MOST_STEPS) return undefined
    steps.push(step)
  }
  return steps
}
