/** Milliseconds of a round trip beyond which an answer says too little about the time. */
const MOST_ROUND_TRIP = 20_000

/** How far a cloud's clock is ahead of this machine's, from the `Date` headers of its answers. Makes no call of its own. */
export class CloudClock {
  #offset: number | undefined

  /**
   * @param date the header, in whole seconds (RFC 9110, "Date")
   * @param sent when the request went out, in milliseconds since 1970 by this machine's clock
   * @param received when the answer was there, by the same clock
   */
  note(date: string | null | undefined, sent: number, received: number): void {
    const there = date ? Date.parse(date) : Number.NaN
    const took = received - sent
    if (Number.isNaN(there) || took < 0 || took > MOST_ROUND_TRIP) return
    // The header leaves the fraction of the second out, and was made somewhere between sending and receiving.
    this.#offset = Math.round(there + 500 - (sent + received) / 2)
  }

  /** Milliseconds as of the newest answer, exact to a second or so; negative: the cloud is behind. */
  get offset(): number | undefined {
    return this.#offset
  }
}

/** A difference that is reported. Milliseconds. */
export const CLOCK_TOLD = 60_000
/** A difference at which nothing is done that depends on the time, unless a person accepts it. Milliseconds. */
export const CLOCK_REFUSED = 300_000
