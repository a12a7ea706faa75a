import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('manifest, schema, catalog and the tables in docs/commands.md are what the code says', () => {
  const script = fileURLToPath(new URL('../scripts/generate.mjs', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect(stderr).not.toContain('out of date')
  expect(status, stderr).toBe(0)
})
