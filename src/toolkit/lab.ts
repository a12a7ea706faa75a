import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Timing } from '../model/timing.ts'
import { isAlive } from '../store/process-mark.ts'
import type { Host } from './host.ts'
import type { OpenLab } from './open-lab.ts'

const labFolder = (state: string) => join(state, 'lab')
/** The file that keeps the estate of a state folder's lab. */
export const estateFile = (state: string) => join(labFolder(state), 'estate.json')
/** The file that says which process runs the lab of a state folder. */
export const processFile = (state: string) => join(labFolder(state), 'lab.json')

/** The lab of `lab start` when it runs, else one in this process that keeps its estate in a file. */
export async function openLab(state: string, timing: Timing): Promise<OpenLab> {
  return (await runningLab(state, timing)) ?? (await embeddedLab(state, timing))
}

/** Opens the lab that a host acts on; undefined for one that acts on the clouds. */
export async function labOf({
  lab,
  labIn,
  folders,
  timing,
}: Pick<Host, 'lab' | 'labIn' | 'folders' | 'timing'>): Promise<OpenLab | undefined> {
  if (!lab) return undefined
  return labIn ?? (await openLab(folders.state, timing))
}

/** How a lab is started: its port, and delays in milliseconds, for all clouds or by cloud. */
export interface LabSettings {
  /** A free one when missing. */
  port?: number | undefined
  propagation?: number | { readonly [cloud: string]: number } | undefined
  /** Callers are throttled as the clouds do. */
  throttle?: boolean | undefined
  /** See `LabOptions`; 0 when missing, for a lab in the process of a command that may be killed. */
  keepWithinMs?: number | undefined
}

/** Starts a lab on the estate of the state folder; seeded when there is none yet. */
export async function startStateLab(
  state: string,
  { port, propagation, keepWithinMs = 0, throttle = false }: LabSettings = {},
) {
  const [{ startLab }, { seededClouds }] = await Promise.all([
    import('../lab/index.ts'),
    import('../lab/clouds.ts'),
  ])
  await mkdir(labFolder(state), { recursive: true, mode: 0o700 })
  try {
    return await startLab({
      clouds: await seededClouds(),
      file: estateFile(state),
      keepWithinMs,
      throttle,
      ...(port === undefined ? {} : { port }),
      ...(propagation === undefined ? {} : { propagationMs: propagation }),
    })
  } catch (error) {
    if (error instanceof TypeError) {
      throw new Fault('damaged', error.message, { next: 'interdict lab reset makes a new one', cause: error })
    }
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new Fault('usage', `port ${port} cannot be used: ${code}`, { where: '--port' })
  }
}

async function embeddedLab(state: string, timing: Timing): Promise<OpenLab> {
  const lab = await startStateLab(state)
  const attached = await attach(lab.endpoint, timing)
  if (attached) return { ...attached, close: () => lab.close() }
  await lab.close()
  throw new Fault('bug', 'the embedded lab does not answer')
}

interface Announced {
  pid: number
  endpoint: string
}

/** The running lab of a state folder, when its process is there and answers. */
export async function runningLab(state: string, timing: Timing): Promise<OpenLab | undefined> {
  const announced = await readAnnounced(state)
  return announced && isAlive(announced.pid) ? await attach(announced.endpoint, timing) : undefined
}

/** A lab by its endpoint; undefined when none answers there. Its time is asked once and goes on with ours. */
async function attach(endpoint: string, timing: Timing): Promise<OpenLab | undefined> {
  const ask = async (path: string, init: RequestInit = {}): Promise<Partial<Answer> | undefined> => {
    const request = fetch(new URL(path, endpoint), { ...init, signal: AbortSignal.timeout(5000) })
    const response = await request.catch(() => undefined)
    return response?.ok ? ((await response.json()) as Partial<Answer>) : undefined
  }
  const post = async (path: string, body: Json): Promise<Partial<Answer>> => {
    const answer = await ask(path, { method: 'POST', body: JSON.stringify(body) })
    if (answer) return answer
    throw new Fault('unavailable', 'the lab does not answer any more', { where: endpoint })
  }
  const first = await ask('/_lab')
  if (!first?.id || !first.clock || first.responders === undefined) return undefined
  let offset = Date.parse(first.clock) - timing.date()
  return {
    id: first.id,
    endpoint,
    credentials: first.responders,
    propagation: first.propagationMs ?? {},
    now: () => new Date(timing.date() + offset).toISOString(),
    async advance(seconds) {
      const { clock } = await post('/_lab/advance', { seconds })
      if (clock) offset = Date.parse(clock) - timing.date()
    },
    async reset() {
      await post('/_lab/reset', {})
    },
    close: async () => undefined,
  }
}

interface Answer {
  id: string
  clock: string
  responders: { [cloud: string]: Json }
  propagationMs: { [cloud: string]: number }
}

async function readAnnounced(state: string): Promise<Announced | undefined> {
  try {
    const data: unknown = JSON.parse(await readFile(processFile(state), 'utf8'))
    if (data === null || typeof data !== 'object') return undefined
    const { pid, endpoint } = data as Partial<Announced>
    const local = typeof endpoint === 'string' && /^http:\/\/127\.0\.0\.1:\d{1,5}\/?$/.test(endpoint)
    return local && Number.isSafeInteger(pid) && pid !== undefined && pid > 0 ? { pid, endpoint } : undefined
  } catch {
    return undefined
  }
}
