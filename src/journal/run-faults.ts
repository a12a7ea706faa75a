import { Fault } from '../model/fault.ts'
import { quoted } from '../store/permissions.ts'

export function neverBegun(run: string, path: string): Fault {
  return new Fault('damaged', `run ${run} was never begun: nothing was changed`, {
    where: path,
    next: `rm ${quoted(path)}`,
  })
}

export function olderCopy(run: string, path: string, place: string): Fault {
  return new Fault('tampered', `run ${run} belongs to another state folder, and went on there`, {
    where: path,
    next: `--state ${quoted(place)}`,
  })
}

export function missing(run: string, path: string, head: string): Fault {
  return new Fault('tampered', `the journal of run ${run} is missing`, {
    where: path,
    next: `put back a copy that you trust; if you deleted it yourself: rm ${quoted(head)}`,
  })
}

/** Returns how to come to trust the key of another machine. */
export function trustHint({ trusted }: { trusted: string }): string {
  return `if you trust the machine that wrote it, put its public key (there: openssl pkey -in seal.pem -pubout) into ${trusted}/`
}
