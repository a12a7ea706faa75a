import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { childEnvironment } from '../../model/child-environment.ts'
import type { Timing } from '../../model/timing.ts'
import { isObject } from '../call.ts'
import { OUR_COMMAND } from './command.ts'

/** How Codex itself sees our hook in a folder. */
export type CodexView =
  /** Codex runs it: `managed` by the machine's settings, or `trusted` by the user. */
  | { kind: 'runs'; trust: 'managed' | 'trusted' }
  /** Codex skips it without a word. */
  | { kind: 'skipped'; why: 'untrusted' | 'modified' | 'disabled' | 'missing' }
  /** There is no Codex, or it does not say. */
  | { kind: 'unknown'; why: string }

const LIMIT_MS = 20_000

/** Without credentials, and with the folder in which Codex looks for its settings. */
function codexEnvironment(): NodeJS.ProcessEnv {
  const { CODEX_HOME } = process.env
  return { ...childEnvironment(process.env), ...(CODEX_HOME === undefined ? {} : { CODEX_HOME }) }
}

/**
 * Asks Codex's own app server (`hooks/list`), which needs no account and no network. Trust is bound to the file, the place in
 * its list and the hash of the entry, so that only Codex can say whether it holds.
 */
export async function codexView(
  folder: string,
  path: string,
  timing: Timing,
  { env = codexEnvironment(), seen }: { env?: NodeJS.ProcessEnv; seen?: (result: unknown) => void } = {},
): Promise<CodexView> {
  return await new Promise(resolve => {
    const child = spawn('codex', ['app-server'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = new AbortController()
    const end = (view: CodexView) => {
      ended.abort()
      child.kill()
      resolve(view)
    }
    const unknown = (why: string) => end({ kind: 'unknown', why })
    void timing.sleep(LIMIT_MS, ended.signal).then(() => unknown('codex app-server did not answer'))
    const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`)
    child.on('error', () => unknown('there is no codex on the PATH'))
    child.on('close', () => unknown('codex app-server ended'))
    child.stdin.on('error', () => undefined)
    createInterface({ input: child.stdout }).on('line', line => {
      const { id, result } = messageOf(line)
      if (id === 1) {
        send({ method: 'initialized' })
        send({ id: 2, method: 'hooks/list', params: { cwds: [folder] } })
      } else if (id === 2) {
        seen?.(result)
        end(viewOf(result, path))
      }
    })
    send({ id: 1, method: 'initialize', params: { clientInfo: { name: 'interdict', version: '1' } } })
  })
}

function messageOf(line: string): { id?: unknown; result?: unknown } {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** The state of our hook in this file, from an answer to `hooks/list`. */
export function viewOf(result: unknown, path: string): CodexView {
  const [data] = isObject(result) && Array.isArray(result['data']) ? result['data'] : []
  const hooks = isObject(data) ? data['hooks'] : undefined
  if (!Array.isArray(hooks)) return { kind: 'unknown', why: 'codex app-server has no hooks/list' }
  const ours = hooks.filter(isObject).find(({ command, sourcePath }) => {
    return typeof command === 'string' && OUR_COMMAND.test(command) && sourcePath === path
  })
  if (!ours) return { kind: 'skipped', why: 'missing' }
  if (ours['enabled'] === false) return { kind: 'skipped', why: 'disabled' }
  const { trustStatus } = ours
  if (trustStatus === 'managed' || trustStatus === 'trusted') return { kind: 'runs', trust: trustStatus }
  return { kind: 'skipped', why: trustStatus === 'modified' ? 'modified' : 'untrusted' }
}
