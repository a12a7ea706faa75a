import { hostname, userInfo } from 'node:os'
import type { Actor } from '../model/entry.ts'

/** Returns who runs this process, for journals and locks. */
export function actorOf(): Actor {
  return { user: userName(), host: hostname(), pid: process.pid }
}

/** The operating system's name for the user, or the number: a container may run under one that has no passwd entry. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
