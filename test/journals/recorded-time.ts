const RealDate = Date

/**
 * Makes this process live at a recorded moment: `Date` runs on from there as fast as the real one. Certificates, sessions and
 * horizons of a fixture are then as old as they were when it was recorded. Replaces the travel before; `undefined` ends it.
 */
export function liveAt(moment: string | undefined): void {
  if (moment === undefined) {
    globalThis.Date = RealDate
    return
  }
  const offset = RealDate.parse(moment) - RealDate.now()
  class RecordedDate extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(RealDate.now() + offset)
      else super(...(given as [number]))
    }

    static override now(): number {
      return RealDate.now() + offset
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return Object.prototype.toString.call(value) === '[object Date]'
    }
  }
  globalThis.Date = RecordedDate as DateConstructor
}
