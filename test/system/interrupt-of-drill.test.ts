import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../gate/gate-program.ts'
import { COMPILED } from '../programs/run.ts'
import { someOf } from '../setup/whole.ts'

/** Ctrl-C in the middle of a rehearsal: a signal to the installed program. */
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'interdict-interrupt-'))
  await mkdir(join(home, 'tmp'))
})

afterEach(async () => {
  await rm(home, { recursive: true, force: true })
})

interface Stopped {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Rehearses the first case, and stops it as soon as it has said this. */
function stoppedAt(said: string, signal: NodeJS.Signals): Promise<Stopped> {
  const child = spawn(process.execPath, [join(root, 'bin/run.js'), 'drill', '--case', '1'], {
    cwd: home,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      // Beside it, since the folder for temporary files has to be empty at the end.
      NODE_COMPILE_CACHE: COMPILED,
    },
  })
  const stopped: Stopped = { code: null, signal: null, stdout: '', stderr: '' }
  let sent = false
  child.stdout.on('data', data => {
    stopped.stdout += data
    if (sent || !stopped.stdout.includes(said)) return
    sent = true
    child.kill(signal)
  })
  child.stderr.on('data', data => {
    stopped.stderr += data
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    // Closed only when everything that the lab had open is closed, too.
    child.once('close', (code, by) => resolve({ ...stopped, code, signal: by }))
  })
}

const MOMENTS = [
  { when: 'the thief is at work, and nothing is stopped', said: 'Case 1.', signal: 'SIGINT' as const },
  { when: 'the run holds what it stopped', said: 'changes set and looked at', signal: 'SIGINT' as const },
  { when: 'it is given back', said: 'past the end of old sessions', signal: 'SIGTERM' as const },
]

test.each(someOf(MOMENTS, 3, 1))(
  '$signal while $when: it ends with 130, and nothing of it is left',
  async ({ said, signal }) => {
    const stopped = await stoppedAt(said, signal)
    expect(stopped, stopped.stderr).toMatchObject({ code: 130, signal: null })
    expect(stopped.stdout).toContain(said)
    expect(stopped.stdout).not.toContain('First cut')
    expect(stopped.stderr).toContain('interrupted; the lab is gone, and nothing else was touched')
    // No folder of the rehearsal, and no state of its own where the real one would be.
    expect(await readdir(join(home, 'tmp'))).toEqual([])
    expect(await readdir(home)).toEqual(['tmp'])
  },
)
