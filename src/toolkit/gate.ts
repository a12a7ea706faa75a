import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Gate } from '../gate/gate.ts'
import type { HeldRun } from '../gate/held-runs.ts'
import type { Timing } from '../model/timing.ts'
import { readPlainSync } from '../store/files-sync.ts'
import { OwnKey } from '../store/own-key.ts'
import { looseKeys } from '../store/permissions.ts'
import { sha256 } from '../store/sha256.ts'
import { placeOf } from '../store/state-place.ts'
import type { Folders } from './host.ts'

/**
 * The gate over a state folder. A hook starts for each tool call, so that this module loads little.
 *
 * @param policy file of the policy
 * @throws Error where others can use the sealing key
 */
export async function openGate(
  { state: given, config }: Folders,
  policy: string,
  timing: Timing,
): Promise<Gate> {
  const state = truePath(given)
  const place = () => placeOf(state, config, sha256)
  return {
    state,
    config,
    // Looked up each time: a command may give the state folder its identity while a proxy runs.
    get heads() {
      const { heads, was } = place()
      return was ?? heads
    },
    get strange() {
      return place().kind === 'unseen'
        ? 'this state folder was never seen on this machine (interdict status says what to do)'
        : undefined
    },
    policy,
    seal: await sealOf(config),
    timing,
    load: async run => await loadRun(state, config, run),
  }
}

async function sealOf(config: string): Promise<OwnKey> {
  const path = join(config, 'seal.pem')
  const [loose] = looseKeys(config)
  if (loose)
    throw new Error(`others can use ${loose.path} (mode ${loose.mode}), and so forge journals: ${loose.fix}`)
  const pem = readPlainSync(path, 64 * 1024)
  if (pem) return OwnKey.fromPem(pem)
  const made = await import('../store/seal.ts')
  await new made.Seal(config).signer()
  const fresh = readPlainSync(path, 64 * 1024)
  if (!fresh) throw new Error(`cannot make the sealing key ${path}`)
  return OwnKey.fromPem(fresh)
}

/** One run, every signature checked. */
async function loadRun(state: string, config: string, run: string): Promise<HeldRun> {
  const { openStore } = await import('../journal/store.ts')
  const found = await openStore({ state, config }).read(run)
  const changes = [...found.state.changes.values()].filter(({ held }) => held.length > 0)
  return {
    run,
    reason: found.state.reason.slice(0, 300),
    identities: [...new Set(changes.flatMap(({ identity }) => [identity.id]))],
  }
}

/** The path with links resolved, also where its last parts do not exist: the journals' heads are named after it. */
function truePath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(truePath(above), basename(path))
  }
}
