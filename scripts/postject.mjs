// Postject puts the program into a copy of Node (`npm run build:binary`). Nothing else needs it, so that it lives in .cache and not
// among the dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REQUIREMENT = 'postject@1.0.0-alpha.6'
const home = fileURLToPath(new URL('../.cache/postject/', import.meta.url))

/** Returns its `inject`; installs it if it is missing. Throws with npm's own words if it cannot be installed. */
export function injector() {
  const stamp = join(home, 'interdict-stamp')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== REQUIREMENT) {
    process.stderr.write(`interdict: installing ${REQUIREMENT} into .cache/postject\n`)
    rmSync(home, { recursive: true, force: true })
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'parts', private: true }))
    const words = ['install', REQUIREMENT, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
    const { status, stderr } = spawnSync('npm', words, { cwd: home, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${REQUIREMENT} could not be installed:\n${stderr}`)
    writeFileSync(stamp, REQUIREMENT)
  }
  return createRequire(join(home, 'package.json'))('postject').inject
}
