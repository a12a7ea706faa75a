/** An entry of the Admin Activity log, as plain data of the estate. */
export interface Activity {
  /** RFC 3339. */
  at: string
  /** Id of the project. */
  project: string
  /** E.g. `google.iam.admin.v1.CreateServiceAccount`. */
  method: string
  /** Who called; an address, or the subject of a workload. */
  caller: string
  /** As in the audit log: names of fields in snake case. */
  response: { [field: string]: string }
}

const MOST_ENTRIES = 10_000

/** The Admin Activity log of the lab, oldest first; beyond 10,000 entries the oldest is dropped. */
export class ActivityLog {
  readonly #entries: Activity[]

  constructor(entries: readonly Activity[] = []) {
    this.#entries = [...entries]
  }

  get entries(): readonly Activity[] {
    return this.#entries
  }

  add(entry: Activity): void {
    this.#entries.push(entry)
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift()
  }
}
