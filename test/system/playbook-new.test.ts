import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../gate/gate-program.ts'
import { COMPILED } from '../programs/run.ts'
import { ENTER, Terminal } from './terminal.ts'

test('playbook new asks on a terminal which record starts it, and which identities it stops', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interdict-new-'))
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    INTERDICT_STATE: join(folder, 'state'),
    INTERDICT_CONFIG: join(folder, 'config'),
    NODE_COMPILE_CACHE: COMPILED,
  }
  const command = [process.execPath, join(root, 'bin/run.js'), 'playbook', 'new', 'asked']
  const terminal = new Terminal(command, { columns: 100, cwd: folder, env })
  try {
    await terminal.shows('A file with a log record that has to start it')
    terminal.type(ENTER)
    await terminal.shows('Which identities does it stop?')
    await terminal.shows('user (aws)')
    const DOWN = '\u001b[B'
    terminal.type(`${DOWN}${ENTER}`)
    await terminal.shows('interdict playbook test asked.yaml')
    expect(await terminal.ends()).toBe(0)
    expect(readFileSync(join(folder, 'asked.yaml'), 'utf8')).toContain('identity.kind == "user"')
  } finally {
    terminal.close()
    rmSync(folder, { recursive: true })
  }
})
