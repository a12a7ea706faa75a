import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'

/** A lab that commands act on, in this process or in another. */
export interface OpenLab {
  id: string
  endpoint: string
  /** The responder's, as `connect` takes them. */
  credentials: Json
  /** RFC 3339; the lab's clock. */
  now(): string
  advance(seconds: number): Promise<void>
  close(): Promise<void>
}

const labFolder = (state: string) => join(state, 'lab')
export const estateFile = (state: string) => join(labFolder(state), 'estate.json')
const processFile = (state: string) => join(labFolder(state), 'lab.json')

/** The lab of `lab start` when it runs, else one in this process that keeps its estate in a file. */
export async function openLab(state: string): Promise<OpenLab> {
  return (await runningLab(state)) ?? (await embeddedLab(state))
}

/** Starts a lab on the estate of the state folder; seeded when there is none yet. */
export async function startStateLab(state: string, port?: number) {
  const [{ startLab }, { seedEstate }] = await Promise.all([
    import('../lab/index.ts'),
    import('../lab/aws/seed/index.ts'),
  ])
  await mkdir(labFolder(state), { recursive: true, mode: 0o700 })
  return await startLab({
    estate: () => seedEstate(new Date().toISOString()),
    file: estateFile(state),
    ...(port === undefined ? {} : { port }),
  })
}

async function embeddedLab(state: string): Promise<OpenLab> {
  const lab = await startStateLab(state)
  return {
    id: lab.id,
    endpoint: lab.endpoint,
    credentials: { ...lab.responder },
    now: () => lab.clock.now(),
    advance: async seconds => lab.clock.advance(seconds),
    close: () => lab.close(),
  }
}

interface Announced {
  pid: number
  endpoint: string
}

/** The running lab of a state folder, when its process is there and answers. */
export async function runningLab(state: string): Promise<OpenLab | undefined> {
  const announced = await readAnnounced(state)
  if (!announced || !isAlive(announced.pid)) return undefined
  const control = new URL('/_lab', announced.endpoint)
  const ask = async (init?: RequestInit): Promise<Answer | undefined> => {
    const response = await fetch(control, { ...init, signal: AbortSignal.timeout(3000) }).catch(
      () => undefined,
    )
    if (!response?.ok) return undefined
    return (await response.json()) as Answer
  }
  const answer = await ask()
  if (!answer) return undefined
  let offset = Date.parse(answer.now) - Date.now()
  return {
    id: answer.id,
    endpoint: announced.endpoint,
    credentials: answer.responder,
    now: () => new Date(Date.now() + offset).toISOString(),
    advance: async seconds => {
      const moved = await ask({ method: 'POST', body: JSON.stringify({ advance: seconds }) })
      if (!moved)
        throw new Fault('unavailable', 'the lab does not answer any more', { where: announced.endpoint })
      offset = Date.parse(moved.now) - Date.now()
    },
    close: async () => undefined,
  }
}

interface Answer {
  id: string
  now: string
  responder: Json
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Tells other commands where the lab of this process is; returns what takes it back. */
export async function announce(state: string, endpoint: string): Promise<() => Promise<void>> {
  await writeFile(processFile(state), `${JSON.stringify({ pid: process.pid, endpoint })}\n`, { mode: 0o600 })
  return () => rm(processFile(state), { force: true })
}
