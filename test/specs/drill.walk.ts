import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const playbooks = readdirSync(join(ROOT, 'playbooks')).filter(name => {
  return name.endsWith('.yaml') && /^drill:/m.test(readFileSync(join(ROOT, 'playbooks', name), 'utf8'))
})

/** Thieves and honest workloads ask the lab as well as we do. Whether a rehearsal goes well is for other suites. */
test.each(playbooks)('the exchanges of a rehearsal of %s', { timeout: 300_000 }, async playbook => {
  const home = await mkdtemp(join(tmpdir(), 'interdict-drill-'))
  try {
    const output = await new Promise<string>(resolve => {
      const command = [join(ROOT, 'bin/run.js'), 'drill', join(ROOT, 'playbooks', playbook)]
      const env = { ...process.env, HOME: home, XDG_STATE_HOME: home }
      execFile(process.execPath, command, { env }, (_error, stdout, stderr) => resolve(stdout + stderr))
    })
    expect(output).toContain('rehearsed')
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
