import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: { [name: string]: string }
}

test.each([
  ['run', 0],
  ['run-script', 0],
  ['pack', 1],
  ['publish', 1],
])(
  'prepack lets `npm run pack` through and refuses any other packing: npm %s exits with %i',
  (command, exit) => {
    const { status, stderr } = spawnSync(scripts['prepack'] ?? '', {
      shell: true,
      cwd: ROOT,
      env: { ...process.env, npm_command: command },
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(exit)
  },
)
