import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Makes one folder for the hosts of warm programs of all workers (see warm.ts). When the tests are over the hosts leave, and a
 * line says how many programs there were.
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

function summary(folder: string): string {
  const read = (name: string) => {
    const file = join(folder, name)
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  }
  const ended = read('hosts').map(line => JSON.parse(line) as { runs: number; cpuMs: number })
  const total = (of: 'runs' | 'cpuMs') => ended.reduce((sum, each) => sum + each[of], 0)
  const seconds = Math.round(total('cpuMs') / 1000)
  return (
    `programs: ${total('runs')} runs in ${ended.length} warm processes (${seconds} s of processor time), ` +
    `${read('started').length} processes started by tests`
  )
}
