/**
 * Records fixtures of the format that journals have now: `node test/journals/record.ts NAME…`. A fixture that exists is
 * never recorded again: it stands for journals that people have on disk. Needs a build (`node scripts/build.mjs`).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FIXTURES } from './recording.ts'
import { scenes } from './scenes/index.ts'

for (const name of process.argv.slice(2)) {
  const scene = scenes[name]
  if (!scene) throw new Error(`no scene ${name}; there are ${Object.keys(scenes).join(', ')}`)
  if (existsSync(join(FIXTURES, name))) {
    throw new Error(`${name} is recorded; a fixture is never recorded again`)
  }
  process.stderr.write(`${name}\n`)
  await scene(name)
}
