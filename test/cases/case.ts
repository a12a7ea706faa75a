import type { Lab, LabCloud, RecordedExchange } from '../../src/lab/index.ts'
import { startLab } from '../../src/lab/index.ts'
import type { Json } from '../../src/model/json.ts'
import type { Provider, Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'

/** One cloud, as the crash, fault, property and hostile suites need it: data, and a lab. Their text is the same for all. */
export interface Case {
  readonly provider: Provider
  /** The scope that `connect` is given. */
  readonly scope: Json
  /** The cloud of the lab, over its seed. */
  readonly lab: LabCloud
  /** Stops something by several changes, each of which writes once. */
  readonly playbook: string
  /** Changes that the playbook makes. */
  readonly changes: number
  /** The same again, over an estate of its own. */
  fresh(): Case
  /** Whether that is really stopped, as the lab has it. */
  contained(): boolean
  /** Operations by the cloud's own names, as the lab counts them. */
  readonly operations: {
    /** All that read what is cut, and the evaluation that proves it. */
    reads: string[]
    probes: string[]
    cuts: string[]
    restores: string[]
    isWrite(operation: string): boolean
  }
  /** How the cloud says that something is wrong, by the code and status on the wire. */
  readonly errors: { [what in 'internal' | 'conflict' | 'denied']: { code: string; status: number } }
  /**
   * The environment that the real program needs to act on the lab as on a live cloud, this cloud alone; files that it
   * needs for that are put into the folder.
   */
  environment(endpoint: string, folder: string): Promise<{ [name: string]: string }>
}

/** The lab of a case, signed in to. */
export interface Opened {
  lab: Lab
  sessions: Session[]
  snapshot(): Json
}

export interface CaseOptions {
  record?: ((exchange: RecordedExchange) => void) | undefined
  /** Milliseconds. */
  callTimeout?: number | undefined
  /** As in `LabOptions`. */
  dateOffset?: number
  /** JSON of an estate (`LabCloud.estate`) that the lab begins with in place of its seed. */
  estate?: string | undefined
}

/** A lab that knows of changes at once, and the tool's own session in it. */
export async function openCase(
  { provider, scope, lab: cloud }: Case,
  { record, callTimeout, dateOffset = 0, estate }: CaseOptions = {},
): Promise<Opened> {
  const lab = await startLab({ clouds: [cloud], propagationMs: 0, dateOffset, ...(record ? { record } : {}) })
  if (estate !== undefined) cloud.open({ clock: lab.clock, propagationMs: 0 }, JSON.parse(estate))
  return { lab, snapshot: () => cloud.snapshot(), sessions: await signIn(provider, scope, lab, callTimeout) }
}

/** Another session, as of another person or process. */
export async function signIn(
  provider: Provider,
  scope: Json,
  lab: Lab,
  callTimeout?: number,
): Promise<Session[]> {
  const { sessions, unreached } = await provider.connect({
    timing: REAL,
    scope,
    ...(callTimeout === undefined ? {} : { callTimeout }),
    lab: { endpoint: lab.endpoint, credentials: (lab.responders[provider.cloud] ?? {}) as Json },
  })
  if (sessions.length === 0) throw new Error(`the lab does not let us in: ${JSON.stringify(unreached)}`)
  return sessions
}
