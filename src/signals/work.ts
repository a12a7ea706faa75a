import { BOUNDS } from './bounds.ts'
import { Unreadable } from './draft.ts'

/** The end of a reason that a limit gives: it is reported before all other reasons of the message. */
export const LEFT_OUT = 'the rest is left out'

/** Counts what is done for one message over all its envelopes, and ends it at the limit. */
export class Work {
  /** Characters of the texts that were read. */
  text = 0
  records = 0

  /** Nothing more of this message is read. */
  get isSpent(): boolean {
    return this.text > BOUNDS.text
  }

  /** Counts a text before it is read. @throws Unreadable if that is more than one message may have */
  read(length: number): void {
    this.text += length
    if (this.isSpent) {
      throw new Unreadable(
        `its envelopes hold more than ${BOUNDS.text / 1024 / 1024} MiB of text: ${LEFT_OUT}`,
      )
    }
  }
}
