/**
 * Work on files that is written once and runs in two ways: at once, for programs that are too short for promises, or step by
 * step, while the rest of the program goes on.
 */

/** One operation on the disk, in both ways. */
export interface Step {
  now(): unknown
  later(): Promise<unknown>
}

/** Work in steps, whose result is an `Of`. */
export type Steps<Of> = Generator<Step, Of, unknown>

/** Returns the one step that is carried out by `now` or by `later`; both do the same. */
export function* step<Of>(now: () => Of, later: () => Promise<Of>): Steps<Of> {
  return (yield { now, later }) as Of
}

/** Carries the steps out at once. Throws what a step throws and the work does not catch. */
export function runSync<Of>(steps: Steps<Of>): Of {
  let result = steps.next()
  while (!result.done) {
    let value: unknown
    try {
      value = result.value.now()
    } catch (error) {
      result = steps.throw(error)
      continue
    }
    result = steps.next(value)
  }
  return result.value
}

/** Carries the steps out one after the other. Rejects with what a step rejects with and the work does not catch. */
export async function runAsync<Of>(steps: Steps<Of>): Promise<Of> {
  let result = steps.next()
  while (!result.done) {
    let value: unknown
    try {
      value = await result.value.later()
    } catch (error) {
      result = steps.throw(error)
      continue
    }
    result = steps.next(value)
  }
  return result.value
}
