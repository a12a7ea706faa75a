import { spawn } from 'node:child_process'
import { childEnvironment } from '../model/child-environment.ts'
import { Fault } from '../model/fault.ts'
import type { Notifier } from './message.ts'
import { jsonLine, oneLine } from './one-line.ts'

const TIMEOUT = 30_000

/**
 * Runs a program without a shell; the message is JSON on its standard input, and nothing of it is in its arguments. Of our
 * environment it gets what {@link childEnvironment} lets through.
 */
export function command(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  timeout = TIMEOUT,
): Notifier {
  const [program = '', ...args] = argv
  const env = childEnvironment(environment)
  const name = `command:${program}`
  return {
    name,
    send({ id, event, time, text, body }, signal) {
      return new Promise((resolve, reject) => {
        const limit = AbortSignal.timeout(timeout)
        const fail = (why: string) => reject(new Fault('unavailable', `${name} was not notified: ${why}`))
        const child = spawn(program, args, {
          shell: false,
          env,
          stdio: ['pipe', 'ignore', 'ignore'],
          killSignal: 'SIGKILL',
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        })
        child.once('error', error => {
          fail(
            limit.aborted ? 'it did not end in time' : ((error as NodeJS.ErrnoException).code ?? error.name),
          )
        })
        child.once('close', code => (code === 0 ? resolve() : fail(`exit ${code}`)))
        // A program that does not read is judged by its exit code.
        child.stdin.on('error', () => undefined)
        child.stdin.end(`${jsonLine({ ...body, id, event, time, text: oneLine(text) })}\n`)
      })
    },
  }
}
