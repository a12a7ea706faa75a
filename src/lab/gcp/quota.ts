import { exhausted } from './google-error.ts'

const WINDOW = 60_000
const MOST = 5

/**
 * The deny API's quota: five reads and five writes a minute for a project (IAM, "Quotas and limits"), on the lab's
 * clock. Looking at an operation counts as a read.
 */
export class DenyQuota {
  readonly #used = new Map<string, number[]>()

  /** @throws GoogleError RESOURCE_EXHAUSTED, with how long to wait */
  take(project: string, kind: 'read' | 'write', now: number): void {
    const key = `${project}/${kind}`
    const recent = (this.#used.get(key) ?? []).filter(at => at > now - WINDOW)
    const [oldest] = recent
    if (recent.length >= MOST && oldest !== undefined) {
      throw exhausted(
        `Quota exceeded for quota metric 'IAM v2 policy ${kind} requests' and limit 'per minute per project' of service 'iam.googleapis.com' for consumer 'project_number:${project}'.`,
        (oldest + WINDOW - now) / 1000,
      )
    }
    this.#used.set(key, [...recent, now])
  }
}
