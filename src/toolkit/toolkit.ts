import type { Listed } from '../journal/store.ts'
import type { Identity } from '../model/identity.ts'
import type { Plan } from '../model/plan.ts'
import type { RunState } from '../model/run/state.ts'
import type { Contained } from './contain.ts'
import type { Guarded, GuardRequest } from './guard-run.ts'
import { type Host, hostOf, type ToolkitOptions } from './host.ts'
import type { InventoryRequest, Listing } from './inventory.ts'
import type { PermissionsRequest, PlaybookPermissions } from './permissions.ts'
import type { ContainRequest, PlanRequest } from './plan-request.ts'
import type { TestedPlaybook } from './playbook-tests.ts'
import type { Restored, RestoreRequest } from './restore.ts'
import type { Resumed } from './resume.ts'
import type { Rotated, RotationRequest } from './rotate.ts'
import type { RunRequest } from './run-request.ts'
import type { Verified } from './verify.ts'
import type { Reactions, ReactRequest } from './watch/react.ts'
import type { Reading } from './watch/reading.ts'

/** Options of a restore; by default sessions from before stay denied, and settings that drifted are left alone. */
export type RestoreOptions = Partial<RestoreRequest>

/** Options of a rotation; by default the old credential is kept. */
export type RotationOptions = Partial<RotationRequest> & Pick<RotationRequest, 'into'>

/**
 * interdict without a terminal: finds identities, stops them reversibly and gives them back, from code. It reads no flags and
 * no environment, prints nothing and asks nothing but what `answer` is given; every method rejects with a `Fault`, whose
 * `code` says what happened and whose `next` says what to do. Each method loads the code that it needs when it is called.
 */
export class Toolkit {
  readonly #host: Host

  private constructor(host: Host) {
    this.#host = host
  }

  /** Opens the toolkit on two folders. Touches nothing until a method is called. */
  static async open(options: ToolkitOptions): Promise<Toolkit> {
    return new Toolkit(await hostOf(options))
  }

  /** Makes the plan of a playbook, given as a file or by name. Reads only. */
  async plan(playbook: string, request: Omit<PlanRequest, 'subject'> = {}): Promise<Plan> {
    const { planContainment } = await import('./contain.ts')
    return await planContainment(this.#host, { ...request, subject: playbook })
  }

  /**
   * Contains what a plan or a playbook says; asks `contain`. A plan is carried out as it is or, if something changed since, not at
   * all (`stale-plan`).
   */
  async contain(subject: Plan | string, request: Omit<ContainRequest, 'subject'> = {}): Promise<Contained> {
    const { containPlaybook } = await import('./contain.ts')
    return await containPlaybook(this.#host, { ...request, subject })
  }

  /** Looks again whether everything that a run holds is in force. */
  async verify(run: string, request: RunRequest = {}): Promise<Verified> {
    const { verifyRun } = await import('./verify.ts')
    return await verifyRun(this.#host, run, request)
  }

  /** Restores what a run holds; asks `restore` and, about each setting that drifted, `drift`. */
  async restore(run: string, options: RestoreOptions = {}): Promise<Restored> {
    const { restoreRun } = await import('./restore.ts')
    return await restoreRun(this.#host, run, { ...RESTORE, ...options })
  }

  /** Resumes a run that was cut off. */
  async resume(run: string, request: RunRequest & { noWait?: boolean } = {}): Promise<Resumed> {
    const { resumeRun } = await import('./resume.ts')
    return await resumeRun(this.#host, run, request)
  }

  /** Makes new credentials for those that a run holds; asks `rotate`. */
  async rotate(run: string, options: RotationOptions): Promise<Rotated> {
    const { rotateRun } = await import('./rotate.ts')
    return await rotateRun(this.#host, run, { only: [], removal: 'never', dryRun: false, ...options })
  }

  /** Keeps what a run wrote until the clouds enforce it, and as long as `for` says. */
  async guard(run: string, request: GuardRequest = {}): Promise<Guarded> {
    const { guardRun } = await import('./guard-run.ts')
    return await guardRun(this.#host, run, request)
  }

  /** Evaluates the triggers of playbooks on a log record, and proposes or contains what fires. */
  async react(record: unknown, request: ReactRequest = {}): Promise<Reactions> {
    const { reactTo } = await import('./watch/react.ts')
    return await reactTo(this.#host, record, request)
  }

  /** Lists identities. @param put takes each of them; the listing waits for it */
  async inventory(
    request: InventoryRequest,
    put: (identity: Identity) => void | Promise<void>,
  ): Promise<Listing> {
    const { listInventory } = await import('./inventory.ts')
    return await listInventory(this.#host, request, async identity => await put(identity))
  }

  /** The least-privilege policies that a playbook needs. Calls no cloud. */
  async permissions(
    playbook: string,
    request: Partial<PermissionsRequest> = {},
  ): Promise<PlaybookPermissions> {
    const { permissionsOf } = await import('./permissions.ts')
    return await permissionsOf(this.#host, { for: 'both', ...request, playbook })
  }

  /** Runs the tests that playbooks bring along. Calls no cloud. */
  async testPlaybooks(playbooks: readonly string[], reading: Reading = {}): Promise<TestedPlaybook[]> {
    const { testPlaybooks } = await import('./playbook-tests.ts')
    return await testPlaybooks(this.#host, playbooks, reading)
  }

  /** All runs, oldest first, then those that cannot be believed. Writes nothing. */
  async runs(): Promise<Listed[]> {
    const { listRuns } = await import('./status.ts')
    return await listRuns(this.#host)
  }

  /** One run, with every signature of its journal checked. Writes nothing. */
  async run(run: string): Promise<RunState> {
    const { readRun } = await import('./status.ts')
    return await readRun(this.#host, run)
  }
}

const RESTORE = {
  only: [],
  stepDown: true,
  acceptLiveTokens: false,
  keepClock: false,
  dryRun: false,
} satisfies RestoreRequest
