import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'

const GATE = 'cli/gate.cjs'
/** Code that a decision seldom needs stays in files of its own, loaded when it is needed. */
const SELDOM =
  /policy-file|environment|\/slow\.js|engine-of|expression\/pattern|journal\/|store\/seal|gate-verbs|mcp\/proxy|document\/problems/

/** An import of a seldom module, in minified code, by its path from `dist/cli`. */
const IMPORT = /\bimport\(([`"'])([^`"']+)\1\)/g

/**
 * Makes one file of what `interdict-gate hook` loads before every tool call: each module that Node looks up costs half a
 * millisecond, and there are fewer than ten for everything. It is a function of `exports`, `require` and `load`,
 * which bin/gate.cjs runs, with what V8 compiled it to beside it (`keepCompiled`).
 *
 * Returns the seldom modules: the name under which `load` asks for each, and its source, for the program's bundle.
 */
export async function bundleGate(root, dist) {
  const bundle = await rolldown({
    input: join(dist, 'cli/gate.js'),
    platform: 'node',
    external: (id, importer) =>
      importer !== undefined && (!id.startsWith('.') ? !id.startsWith('/') : SELDOM.test(id)),
    // A module of which nothing is used would be loaded all the same, and `node:crypto` is a fifth of a hook's time.
    treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
    logLevel: 'warn',
  })
  const { output } = await bundle.generate({
    format: 'cjs',
    codeSplitting: false,
    minify: true,
    sourcemap: false,
  })
  await bundle.close()
  const file = join(dist, GATE)
  const seldom = {}
  // In ASCII, which is read without being decoded.
  const code = output[0].code
    .replace(/[^\0-\x7f]/g, each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
    // A script cannot import on its own.
    .replace(IMPORT, (_, __, path) => {
      const source = join('src/cli', path).replace(/\.js$/, '.ts')
      if (!path.startsWith('.') || !existsSync(join(root, source)))
        throw new Error(`the gate imports ${path}`)
      const name = `gate-${basename(path, '.js')}`
      if (seldom[name] !== undefined && seldom[name] !== source)
        throw new Error(`two seldom modules are ${name}`)
      seldom[name] = source
      return `load("${name}.cjs")`
    })
  writeFileSync(file, `(function (exports, require, load) {${code}\n})`)
  chmodSync(file, 0o644)
  return seldom
}

const RUN = `
const { readFileSync, writeFileSync, existsSync } = require('node:fs')
const { Script } = require('node:vm')
const filename = process.env.GATE_FILE
const cache = filename + '.cache'
const program = new Script(readFileSync(filename, 'latin1'), {
  filename,
  ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
})
const exported = {}
program.runInThisContext()(exported, require, async name => require(process.env.GATE_FOLDER + '/' + name))
exported.main(['hook', '--harness', process.env.GATE_HARNESS]).then(code => {
  if (code !== 0) throw new Error('the hook ended with ' + code)
  writeFileSync(cache, program.createCachedData())
})
`
const CALLS = [
  ['claude', { hook_event_name: 'PreToolUse', tool_name: 'Read', tool_input: { file_path: 'x' } }],
  ['claude', { hook_event_name: 'PreToolUse', tool_name: 'Read', tool_input: { file_path: 'x' } }],
  ['claude', { hook_event_name: 'PreToolUse', tool_name: 'mcp__x__y', tool_input: {} }],
  ['cursor', { hook_event_name: 'preToolUse', tool_name: 'Read', tool_input: {} }],
  ['gemini', { hook_event_name: 'BeforeTool', tool_name: 'Read', tool_input: {} }],
]
const POLICY = `
version: 1
agents: { claude: { identity: "aws:1:role/x" }, cursor: , gemini: }
rules:
  - effect: allow
    tools: [Read]
    when: agent == "cursor" || agent in ["gemini"] || (has(args.file_path) && args.file_path.startsWith("x") && !args.file_path.contains("y"))
`

/** Writes V8's code of the functions that decisions have used, as a few decisions leave it, beside the gate's file. */
export function keepCompiled(dist) {
  const file = join(dist, GATE)
  const home = mkdtempSync(join(tmpdir(), 'interdict-build-'))
  try {
    mkdirSync(join(home, 'config'))
    writeFileSync(join(home, 'config/gate.yaml'), POLICY)
    rmSync(`${file}.cache`, { force: true })
    for (const [harness, input] of CALLS) {
      const env = {
        GATE_FILE: file,
        GATE_FOLDER: join(dist, 'program'),
        GATE_HARNESS: harness,
        INTERDICT_STATE: join(home, 'state'),
        INTERDICT_CONFIG: join(home, 'config'),
        // Whether the calls are decided must not depend on what else this machine does.
        INTERDICT_GATE_SECONDS: '9',
      }
      const { status, stderr } = spawnSync(process.execPath, ['-e', RUN], {
        env,
        input: JSON.stringify(input),
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`cannot warm up ${file}: ${stderr}`)
    }
    readFileSync(`${file}.cache`)
    chmodSync(`${file}.cache`, 0o644)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
