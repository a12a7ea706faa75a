import { Fault } from '../model/fault.ts'
import { GroupCommit, type GroupCommitOptions } from '../store/group-commit.ts'
import type { ObjectStore } from '../store/objects/object-store.ts'
import type { Head } from './head-files.ts'
import type { JournalLines } from './journal.ts'

/** Objects that are read at the same time. */
const AT_ONCE = 16
const NEWLINE = 0x0a

/** Returns the beginning of the names of a run's groups. */
export function groupsOf(run: string): string {
  return `runs/${run}/`
}

/** Returns the name of one group of whole lines: twenty digits, from 0, without gaps. */
export function groupName(run: string, number: number): string {
  return `${groupsOf(run)}${String(number).padStart(20, '0')}.jsonl`
}

/**
 * Reads the lines of a run, all groups in their order.
 *
 * @returns the bytes, as a local journal has them, and the number of groups; no bytes: there is no such run
 * @throws Fault `tampered` where a group is missing or another object stands among them, `damaged` where a line is cut off
 */
export async function readGroups(
  objects: ObjectStore,
  run: string,
): Promise<{ bytes: Buffer; groups: number }> {
  const names = await objects.list(groupsOf(run))
  const altered = (message: string, at: number) =>
    new Fault('tampered', `${message} in run ${run}`, {
      where: `${objects.where}: ${groupName(run, at)}`,
      next: 'do not restore from it; find out who changed the store, then put back a copy that you trust',
    })
  const gap = names.findIndex((name, at) => name !== groupName(run, at))
  if (gap >= 0) throw altered(`group ${gap} is missing`, gap)
  const parts: Buffer[] = []
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const found = await Promise.all(names.slice(from, from + AT_ONCE).map(name => objects.get(name)))
    for (const each of found) {
      if (!each) throw altered(`group ${parts.length} was deleted`, parts.length)
      if (each.bytes.at(-1) !== NEWLINE) {
        throw new Fault('damaged', `group ${parts.length} of run ${run} ends in the middle of a line`, {
          where: `${objects.where}: ${groupName(run, parts.length)}`,
          next: 'put back a copy that you trust',
        })
      }
      parts.push(each.bytes)
    }
  }
  return { bytes: Buffer.concat(parts), groups: names.length }
}

/**
 * The lines of a journal as objects: one group of lines is one object, created if its name is free. A name that another process has
 * taken ends the writing with Fault `locked`: the run was opened elsewhere.
 *
 * @param first number of the next group
 */
export function objectLines(
  objects: ObjectStore,
  run: string,
  first: number,
): (options: Omit<GroupCommitOptions<Head>, 'write'>) => JournalLines {
  return options => {
    let next = first
    const log = new GroupCommit<Head>({
      ...options,
      async write(bytes) {
        const name = groupName(run, next)
        const { kind } = await objects.put(name, bytes, { ifAbsent: true })
        if (kind === 'conflict') throw await takenOver(objects, run, next)
        next += 1
      },
    })
    return {
      append: (line, head) => log.append(line, head),
      fail: error => log.fail(error),
      close: () => log.idle(),
      // Nothing is made before the first group.
      discard: async () => undefined,
    }
  }
}

/** Returns the Fault for a group that another process has written. */
async function takenOver(objects: ObjectStore, run: string, number: number): Promise<Fault> {
  const where = `${objects.where}: ${groupName(run, number)}`
  if (number === 0) return new Fault('journal', `run ${run} exists already`, { where })
  const found = await objects.get(groupName(run, number)).catch(() => undefined)
  const who = holderIn(found?.bytes)
  return new Fault(
    'locked',
    `run ${run} was taken over${who === undefined ? '' : ` by ${who}`}: this process stops`,
    {
      where,
      next: 'let that process end',
    },
  )
}

/** Who wrote a `lease.taken`; undefined where the group does not begin with one. */
function holderIn(bytes: Buffer | undefined): string | undefined {
  try {
    const entry: unknown = JSON.parse(bytes?.subarray(0, bytes.indexOf(NEWLINE)).toString('utf8') ?? '')
    const { actor } = entry as { actor?: { user?: unknown; host?: unknown; pid?: unknown } }
    if (actor === undefined) return undefined
    return `${actor.user} on ${actor.host} (process ${actor.pid})`
  } catch {
    return undefined
  }
}
