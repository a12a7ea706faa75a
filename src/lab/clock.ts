/** The lab's time: real time and how far it was moved. It only ever moves forward. */
export class LabClock {
  readonly #date: () => number
  #offset: number

  /**
   * @param offset milliseconds ahead of real time, as kept from an earlier life
   * @param date real time, in milliseconds since 1970
   */
  constructor(offset = 0, date: () => number = Date.now) {
    this.#offset = offset
    this.#date = date
  }

  /** Milliseconds since 1970. */
  ms(): number {
    return this.#date() + this.#offset
  }

  /** RFC 3339, UTC, milliseconds. */
  now(): string {
    return new Date(this.ms()).toISOString()
  }

  get offset(): number {
    return this.#offset
  }

  /** @throws RangeError for anything but a finite number of seconds that is not negative */
  advance(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) throw new RangeError('seconds must be a number from 0')
    this.#offset += seconds * 1000
  }
}
