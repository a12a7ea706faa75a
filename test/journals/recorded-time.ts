// Loaded with the real constructor: it keeps the one that it finds, and knows values of no other.
import '@marcbachmann/cel-js'

const RealDate = Date

/**
 * Makes this process live at a recorded moment: `Date` runs on from there as fast as the real one. Certificates, sessions and
 * horizons of a fixture are then as old as they were when it was recorded. Replaces the travel before; `undefined` ends it.
 *
 * The values that it makes are of the real constructor, so that code which was loaded before or after knows them.
 */
export function liveAt(moment: string | undefined): void {
  if (moment === undefined) {
    globalThis.Date = RealDate
    return
  }
  const offset = RealDate.parse(moment) - RealDate.now()
  const now = () => RealDate.now() + offset
  globalThis.Date = new Proxy(RealDate, {
    construct: (_, given) => Reflect.construct(RealDate, given.length === 0 ? [now()] : given),
    apply: () => new RealDate(now()).toString(),
    get: (real, name) => (name === 'now' ? now : Reflect.get(real, name)),
  })
}
