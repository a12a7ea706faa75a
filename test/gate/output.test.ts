import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { childEnvironment } from '../../src/model/child-environment.ts'

const SIZE = 8 * 1024 * 1024

/** To open the stream makes it non-blocking, so that its buffer is full long before the reader has all. */
const PROGRAM = `
import { say } from ${JSON.stringify(new URL('../../src/gate/output.ts', import.meta.url).href)}
process.stdout.on('error', () => undefined)
say(1, 'x'.repeat(${SIZE}))
`

it('all that is said to a stream that does not block arrives', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: childEnvironment(process.env),
  })
  let read = 0
  child.stdout.on('data', (chunk: Buffer) => {
    read += chunk.length
  })
  const [code] = await once(child, 'close')
  expect({ code, read }).toEqual({ code: 0, read: SIZE })
})
