import { Fault } from '../model/fault.ts'

/** Returns the system's error code (`ENOENT`), if the thrown thing has one. */
export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * Returns the Fault `journal` for a failed file operation; a Fault is returned as it is.
 *
 * @param doing what failed, after "cannot"
 */
export function fileFault(doing: string, path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const reason = errno(error) ?? (error instanceof Error ? error.message : String(error))
  return new Fault('journal', `cannot ${doing}: ${reason}`, {
    where: path,
    next: HINTS[reason] ?? 'check the folder, its permissions and the disk',
    cause: error,
  })
}

const HINTS: { [code: string]: string } = {
  ENOSPC: 'free some disk space',
  EDQUOT: 'free some of your disk quota',
  EFBIG: 'raise the file size limit (ulimit -f)',
  EROFS: 'choose folders that can be written, with --state and --config',
  EACCES: 'become the user who owns the folder, or choose others with --state and --config',
  EPERM: 'become the user who owns the folder, or choose others with --state and --config',
}
