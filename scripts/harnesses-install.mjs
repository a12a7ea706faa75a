// Installs the harnesses of `npm run test:harnesses` into `.cache/harnesses`: exact versions, no part of the package's own dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
export const folder = join(root, '.cache', 'harnesses')

/** Versions that the recorded payloads and the table of docs/gate.md are of. */
export const PROGRAMS = {
  '@openai/codex': '0.171.0',
  '@google/gemini-cli': '0.61.0',
  '@qwen-code/qwen-code': '0.24.4',
}

/** Makes sure that these versions are there. Throws with npm's own words when they cannot be installed. */
export function ready() {
  const stamp = join(folder, 'installed')
  const wanted = JSON.stringify(PROGRAMS)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest = { name: 'harnesses', private: true, dependencies: PROGRAMS }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  // Their install scripts build optional native parts (keyring, terminal) that no case needs.
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the harnesses could not be installed:\n${stderr}`)
  writeFileSync(stamp, wanted)
}
