import { open, readFile } from 'node:fs/promises'
import { isRunId } from '../journal/store.ts'
import { Fault } from '../model/fault.ts'
import { type Plan, planDigest } from '../model/plan.ts'

/** A file of our own making that is given back: it is checked as if a stranger had written it. */
export async function readPlanFile(file: string): Promise<Plan> {
  const wrong = (why: string, cause?: unknown) =>
    new Fault('usage', `${JSON.stringify(file)} is no plan: ${why}`, {
      where: file,
      next: 'make one with interdict plan --out',
      cause,
    })
  let data: unknown
  try {
    data = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw wrong(code === undefined ? 'it is not JSON' : `it cannot be read (${code})`, error)
  }
  if (!isPlan(data)) throw wrong('it has another shape')
  try {
    planDigest(data)
  } catch (error) {
    throw wrong('its changes have another shape', error)
  }
  return data
}

function isPlan(data: unknown): data is Plan {
  if (!isRecord(data) || data['version'] !== 1) return false
  const { run, at, playbook, inputs, scope, changes, target } = data
  return (
    typeof run === 'string' &&
    isRunId(run) &&
    typeof at === 'string' &&
    Number.isFinite(Date.parse(at)) &&
    isRecord(playbook) &&
    typeof playbook['source'] === 'string' &&
    typeof playbook['name'] === 'string' &&
    isRecord(inputs) &&
    (scope === undefined || isRecord(scope)) &&
    isRecord(target) &&
    (data['cause'] === undefined || isCause(data['cause'])) &&
    Array.isArray(changes) &&
    changes.every(isRecord)
  )
}

function isCause(cause: unknown): boolean {
  if (!isRecord(cause)) return false
  const { key, trigger, events, count, why, signals } = cause
  return (
    [key, trigger, why].every(each => typeof each === 'string') &&
    typeof count === 'number' &&
    Array.isArray(events) &&
    events.every(each => typeof each === 'string') &&
    Array.isArray(signals) &&
    signals.every(
      each =>
        isRecord(each) &&
        ['id', 'time', 'action', 'outcome', 'identity'].every(name => typeof each[name] === 'string') &&
        ['resource', 'sourceIp', 'country'].every(name =>
          ['undefined', 'string'].includes(typeof each[name]),
        ),
    )
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Writes a result to a file that is not there yet, readable by its owner only. */
export async function writeNew(file: string, text: string): Promise<void> {
  let handle: Awaited<ReturnType<typeof open>> | undefined
  try {
    handle = await open(file, 'wx', 0o600)
    await handle.writeFile(text)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw new Fault(
      'usage',
      code === 'EEXIST'
        ? `${JSON.stringify(file)} is there already`
        : `cannot write ${JSON.stringify(file)}: ${code}`,
      {
        where: '--out',
        next: 'name another file',
      },
    )
  } finally {
    await handle?.close()
  }
}
