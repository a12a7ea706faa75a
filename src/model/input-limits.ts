/**
 * How much of any input is worked on: the table of docs/watch.md. A record over a limit is set aside with the reason, and
 * the records after it are read. They bound work that is counted (bytes, records, depth), so the same input always meets
 * the same limit, however busy the machine is.
 */
export const INPUT_LIMITS = {
  /** Bytes of a line, or characters of an element, of a file. */
  line: 4 * 1024 * 1024,
  /** Bytes of one record, or what an object would be as JSON, roughly. */
  record: 1024 * 1024,
  /** Bytes of one message, or of what is packed in it, after unpacking. */
  whole: 64 * 1024 * 1024,
  /** Characters that one message may have in all its envelopes together: those in one another are read once each. */
  text: 128 * 1024 * 1024,
  /** Records in one message. */
  records: 10_000,
  depth: 64,
  /** Values in one record. */
  values: 50_000,
  /** Envelopes in one another. */
  wrappers: 8,
  /** Characters of what is set aside. */
  excerpt: 1_000,
  /** Records that a file delivers together. */
  batch: 500,
  /** Bytes that a packed file may become: so many for nothing, and so many for each of its packed bytes. */
  unpacked: { free: 256 * 1024 * 1024, perByte: 200 },
  /** Records that a packed file may hold: so many for nothing, and so many for each of its packed bytes. */
  packedRecords: { free: 200_000, perByte: 1 / 4 },
  /** Lines about one reason of one source, from one batch, that are set aside one by one; the others are one line. */
  asideLines: 10,
  /** Bytes of the set-aside file, after which it becomes the older one, and the older one goes. */
  asideFile: 64 * 1024 * 1024,
} as const
