import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The cost of each test file of the last run, the dearest first. */
const COSTS = fileURLToPath(new URL('../../.cache/test-costs.json', import.meta.url))

/**
 * Makes one folder for the hosts of warm programs of all workers (see warm.ts). When the tests are over the hosts leave, and a
 * line or two say how many programs there were, and what they took.
 */
export default function hosts(): (() => Promise<void>) | undefined {
  // Each project of the configuration comes here.
  if (process.env['INTERDICT_TEST_HOSTS'] !== undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'interdict-hosts-'))
  process.env['INTERDICT_TEST_HOSTS'] = folder
  return async () => {
    const sockets = readdirSync(folder).filter(name => name.endsWith('.sock'))
    await Promise.all(sockets.map(name => dismissed(join(folder, name))))
    process.stderr.write(`${summary(folder)}\n`)
    rmSync(folder, { recursive: true, force: true })
  }
}

function dismissed(socket: string): Promise<void> {
  return new Promise(resolve => {
    const connection = createConnection(socket)
    connection.once('error', () => resolve()).once('close', () => resolve())
    connection.once('connect', () => connection.write('{"leave":true}\n'))
    connection.resume()
  })
}

/** The cost of a test file; see setup/count-processes.ts. Milliseconds of processor time. */
interface Cost {
  file: string
  processes: number
  ownMs: number
  childrenMs: number
  warmMs: number
}

function summary(folder: string): string {
  const read = <T>(name: string): T[] => {
    const file = join(folder, name)
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    return lines.map(line => JSON.parse(line) as T)
  }
  const ended = read<{ runs: number }>('hosts')
  const costs = read<Cost>('costs')
  const all = (cost: Cost) => cost.ownMs + cost.childrenMs + cost.warmMs
  mkdirSync(dirname(COSTS), { recursive: true })
  writeFileSync(
    COSTS,
    `${JSON.stringify(
      costs.toSorted((a, b) => all(b) - all(a)),
      undefined,
      1,
    )}\n`,
  )
  const seconds = (of: (cost: Cost) => number) =>
    Math.round(costs.reduce((sum, each) => sum + of(each), 0) / 1000)
  return [
    `programs: ${ended.reduce((sum, { runs }) => sum + runs, 0)} runs in ${ended.length} warm processes, ` +
      `${costs.reduce((sum, each) => sum + each.processes, 0)} processes started by tests`,
    `processor time: ${seconds(all)} s, of these ${seconds(each => each.childrenMs)} in processes and ` +
      `${seconds(each => each.warmMs)} in warm ones; by file in .cache/test-costs.json`,
  ].join('\n')
}
