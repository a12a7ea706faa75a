/** A notification. Plain data without secrets: names, ids, reasons. */
export interface Message {
  /** The same for every attempt: the receiver can tell a repetition. */
  id: string
  event: string
  /** RFC 3339. */
  time: string
  /** For people, one line. */
  text: string
  /** For programs. */
  body: { readonly [name: string]: unknown }
}

export interface Notifier {
  /** As it was asked for, without secrets. */
  name: string
  /** Rejects with a Fault after the last attempt. */
  send(message: Message, signal?: AbortSignal): Promise<void>
}
