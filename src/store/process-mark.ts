import { readFile, readlink } from 'node:fs/promises'

/** One process, told apart from a later one with the same number. */
interface ProcessMark {
  pid: number
  /** Boot, process namespace and start time, where the system tells them (Linux); empty elsewhere. */
  started: string
}

/** The mark of a process that runs now; undefined when there is none. */
export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  if (!alive(pid)) return undefined
  return { pid, started: await started(pid) }
}

/**
 * Whether the process behind a mark is certainly gone. A process in another namespace (a container that shares our host
 * name) cannot be seen from here and counts as running.
 */
export async function isGone(mark: ProcessMark): Promise<boolean> {
  const [boot, space] = mark.started.split(' ')
  const [ourBoot, ourSpace] = (await started(process.pid)).split(' ')
  if (mark.started !== '' && ourBoot !== '') {
    if (boot !== ourBoot) return true
    if (space !== ourSpace) return false
  }
  const now = await markOf(mark.pid)
  if (!now) return true
  return mark.started !== '' && now.started !== '' && now.started !== mark.started
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function started(pid: number): Promise<string> {
  try {
    const [boot, space, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    // proc(5): the second field is the command in parentheses and may contain anything; start time is the 22nd.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    return `${boot.trim()} ${space} ${ticks}`
  } catch {
    return ''
  }
}
