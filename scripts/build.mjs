// Compiles src/ into dist/. The new folder takes the place of the old one only when it is whole, so that a program that
// runs from dist/ meanwhile, or a build that fails, does not find half of it. TypeScript does not copy JSON, so data
// files beside the code are copied here.
//
// `dist/program` is what is shipped, with the gate's file and the declarations; the modules beside it are for benches, generators and
// tests.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleGate, keepCompiled } from './bundle-gate.mjs'
import { bundleProgram } from './bundle-program.mjs'
import { writePackages } from './bundled-packages.mjs'
import { keepPublicDeclarations } from './declarations.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const fresh = join(root, '.cache', `dist-${process.pid}`)
const old = `${fresh}-old`
mkdirSync(join(root, '.cache'), { recursive: true })
const tsc = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...['-p', root, '--outDir', fresh, '--noEmitOnError', '--declaration'],
  ],
  { stdio: 'inherit' },
)
if (tsc.status !== 0) {
  rmSync(fresh, { recursive: true, force: true })
  process.exit(tsc.status ?? 1)
}
for (const file of globSync('src/**/*.json', { cwd: root })) {
  cpSync(join(root, file), join(fresh, file.replace(/^src/, '')))
}
keepPublicDeclarations(fresh)
const seldom = await bundleGate(root, fresh)
writePackages(fresh, await bundleProgram(root, join(fresh, 'program'), { facades: seldom }))
keepCompiled(fresh)
const dist = join(root, 'dist')
if (existsSync(dist)) renameSync(dist, old)
renameSync(fresh, dist)
rmSync(old, { recursive: true, force: true })
keepHelp(dist)

/** Keeps the list of commands as oclif lays it out for a pipe: to lay it out takes as long as Node takes to start. */
function keepHelp(folder) {
  const run = args =>
    spawnSync(process.execPath, [join(root, 'bin/run.js'), ...args], {
      env: { OCLIF_COLUMNS: '80', HOME: folder },
      encoding: 'utf8',
    }).stdout
  const help = run(['--help'])
  const agent = run(['--version']).trim()
  if (!help.includes(agent)) throw new Error(`the help does not name ${agent}`)
  writeFileSync(join(folder, 'program/help.txt'), help.replace(agent, '{agent}'))
}
