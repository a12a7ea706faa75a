import { type FileHandle, open } from 'node:fs/promises'
import { Fault } from '../../model/fault.ts'

/** For reading. Fault `usage` when it is not there, may not be read or is a folder. */
export async function opened(path: string): Promise<FileHandle> {
  try {
    const handle = await open(path)
    if (!(await handle.stat()).isDirectory()) return handle
    await handle.close()
    throw new Fault('usage', `${JSON.stringify(path)} is a folder`, { where: '--source' })
  } catch (error) {
    throw cannotRead(path, error)
  }
}

/** Returns an error of the system as a Fault. */
export function cannotRead(path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return new Fault('usage', `cannot read ${JSON.stringify(path)}: ${code}`, {
    where: '--source',
    next: 'what was read before is kept',
    cause: error,
  })
}
