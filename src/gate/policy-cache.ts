import { Fault } from '../model/fault.ts'
import type { Seal } from '../store/own-key.ts'
import { sha256 as hashOf } from '../store/sha256.ts'
import { readWhole } from './files.ts'
import type { Policy } from './policy.ts'

const PURPOSE = 'interdict-gate policy 2'
const MOST_BYTES = 1024 * 1024

/**
 * Loads the policy in a file. Its compiled form is kept beside it, signed, and is used as long as the file is the same
 * to the byte; else it is compiled again, which takes a moment. Fault `usage` when there is none, `invalid-playbook` with
 * line and column when it is wrong. `tick` is called while it is compiled, and may throw.
 */
export async function loadPolicy(path: string, seal: Seal, tick?: () => void): Promise<Policy> {
  const source = readWhole(path, MOST_BYTES)
  if (!source) {
    throw new Fault('usage', 'there is no policy', {
      where: path,
      next: 'write one, or name another with --policy; without one, everything is refused',
    })
  }
  const sha256 = hashOf(source)
  const known = seal.read(PURPOSE, `${path}.checked`) as Policy | undefined
  return known?.sha256 === sha256 ? known : await compilePolicy(path, source.toString('utf8'), seal, tick)
}

/** Checks a policy, and keeps the result beside it where that folder can be written. */
export async function compilePolicy(
  path: string,
  source: string,
  seal: Seal,
  tick?: () => void,
): Promise<Policy> {
  const [{ checkPolicy }, { problemsFault }] = await Promise.all([
    import('./policy-file.ts'),
    import('../model/document/problems.ts'),
  ])
  const { policy, problems } = checkPolicy(source, path, tick)
  if (!policy) throw problemsFault(problems)
  try {
    seal.write(PURPOSE, `${path}.checked`, policy)
  } catch {
    // The next decision compiles again, and is right.
  }
  return policy
}
