// `npm run build:binary [FOLDER]`: one executable with Node, the program, its playbooks, its schemas and the lab inside, and a link to
// it that is called interdict-gate. FOLDER is .cache/binary if none is given. Uses Node's single executable applications
// (https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html) for the Node and the platform that run this script.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

import { bundleProgram } from './bundle-program.mjs'
import { injector } from './postject.mjs'

/** The mark that Node looks for in its own file, split so that this script is not taken for one that has it. */
const FUSE = ['NODE_SEA_FUSE', 'fce680ab2cc467b6e072b8b5df1996b2'].join('_')
const WASM = 'cedar_wasm_bg.wasm'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = resolve(process.argv[2] ?? join(root, '.cache/binary'))
const work = join(folder, 'parts')
rmSync(folder, { recursive: true, force: true })
mkdirSync(work, { recursive: true })

await bundleProgram(root, work, {
  entries: { executable: 'src/program/executable.ts' },
  external: [],
  plugins: [cedarFromAsset()],
})
const assets = { [WASM]: join(root, 'node_modules/@cedar-policy/cedar-wasm/nodejs', WASM) }
for (const file of readdirSync(work).filter(name => name.endsWith('.cjs'))) {
  const path = join(work, file)
  const key = `dist/program/${file}`
  assets[key] = path
  // A thread is started from its text; everything else is loaded as Node loads CommonJS.
  if (file.endsWith('-worker.cjs')) continue
  const code = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'utf8')}\n})`
  writeFileSync(path, code)
  writeFileSync(`${path}.cache`, new Script(code, { filename: `/interdict/${key}` }).createCachedData())
  assets[`${key}.cache`] = `${path}.cache`
}
for (const name of ['package.json', 'oclif.manifest.json', 'dist/program/help.txt'])
  assets[name] = join(root, name)
for (const file of globSync('{playbooks,schemas}/**/*.*', { cwd: root }))
  assets[file.replaceAll('\\', '/')] = join(root, file)

const config = join(work, 'sea.json')
const blob = join(work, 'sea.blob')
const settings = {
  main: join(root, 'scripts/executable-loader.cjs'),
  output: blob,
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  assets,
}
writeFileSync(config, JSON.stringify(settings))
const { status } = spawnSync(process.execPath, ['--experimental-sea-config', config], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (status !== 0) process.exit(status ?? 1)

const ending = process.platform === 'win32' ? '.exe' : ''
const program = join(folder, `interdict${ending}`)
copyFileSync(process.execPath, program)
chmodSync(program, 0o755)
await injector()(program, 'NODE_SEA_BLOB', readFileSync(blob), {
  sentinelFuse: FUSE,
  machoSegmentName: 'NODE_SEA',
})
if (ending === '') symlinkSync('interdict', join(folder, 'interdict-gate'))
rmSync(work, { recursive: true })
process.stdout.write(`${program}: ${Math.round(statSync(program).size / 1e6)} MB\n`)

/** Cedar's WebAssembly is an asset. */
function cedarFromAsset() {
  const read = "require('fs').readFileSync(wasmPath)"
  return {
    name: 'cedar-from-asset',
    transform: {
      filter: { id: /cedar-wasm\/nodejs\/cedar_wasm\.js$/ },
      handler(code) {
        if (!code.includes(read)) throw new Error('cedar-wasm reads its WebAssembly in another way')
        return {
          code: code.replace(read, `new Uint8Array(require('node:sea').getRawAsset('${WASM}'))`),
          map: null,
        }
      },
    },
  }
}
