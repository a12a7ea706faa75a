// Loaded while `Date` is the real one: it looks its types up by their constructor, once and for all tests of the process.
import '@marcbachmann/cel-js'

const RealDate = Date

/**
 * Makes this process live at a recorded moment: `Date` runs on from there as fast as the real one. Certificates, sessions and
 * horizons of a fixture are then as old as they were when it was recorded. Replaces the travel before; `undefined` ends it.
 *
 * The dates are real ones: libraries that know a date by its constructor, and are shared with other tests, take them.
 */
export function liveAt(moment: string | undefined): void {
  if (moment === undefined) {
    globalThis.Date = RealDate
    return
  }
  const offset = RealDate.parse(moment) - RealDate.now()
  const now = () => RealDate.now() + offset
  globalThis.Date = new Proxy(RealDate, {
    construct: (date, given) => (given.length === 0 ? new date(now()) : Reflect.construct(date, given)),
    get: (date, name) => (name === 'now' ? now : Reflect.get(date, name)),
  })
}
