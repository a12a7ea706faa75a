import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { packagesOf } from './bundled-packages.mjs'

/** Entries of the bundle: the program, the package's library, and the gate's modules that a decision seldom needs. */
const ENTRIES = { main: 'src/program/main.ts', library: 'src/index.ts' }
/** The module that `exports` of package.json names: ESM, as the package has always been. */
const LIBRARY = `import library from './library.cjs'\nexport const { Fault, Toolkit } = library\n`
/** Threads are started from a file of their own. */
const THREADS = {
  'slow-worker': 'src/gate/slow-worker.ts',
  'cedar-worker': 'src/gate/engine/cedar-worker.ts',
}
/** Roots of one file, which holds all that they load at once: the base of commands, and `status`. */
const START = [
  /\/src\/program\/(?:command-config)\.ts$/,
  /\/src\/(?:cli\/verb|commands\/status)\.ts$/,
  /\/src\/cli\/status\.ts$/,
  /\/src\/ui\/no-runs\.ts$/,
  /\/src\/journal\/store\.ts$/,
  /\/src\/store\/actor\.ts$/,
]
/** Packages that a command seldom uses, and what oclif has for help. */
const SELDOM = /\/node_modules\/(?!@oclif\/core\/lib\/(?!help|ux)|debug\/|ms\/|supports-color\/|has-flag\/)/
/** It reads its WebAssembly from the folder that it is in. */
const OUTSIDE = /^@cedar-policy\/cedar-wasm/

/**
 * Bundles the program with the packages that it uses into `folder`: CommonJS, which Node loads in half the time of modules, in
 * files that are loaded when they are needed. `entries` are added to those of the program: names and files; and so are `facades`, by
 * which others load modules that the program itself finds where they are. Returns the packages of
 * which the files hold code, as `packagesOf` does.
 */
export async function bundleProgram(
  root,
  folder,
  { entries = {}, facades = {}, plugins = [], external = OUTSIDE } = {},
) {
  const output = {
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    sourcemap: true,
    sourcemapExcludeSources: true,
    minify: {
      compress: { keepNames: { function: true, class: true } },
      mangle: false,
      codegen: { removeWhitespace: true },
    },
    comments: { legal: false },
  }
  const start = startGroup()
  const options = {
    platform: 'node',
    external,
    logLevel: 'warn',
    preserveEntrySignatures: 'allow-extension',
    checks: { ineffectiveDynamicImport: false, eval: false },
    plugins: [plainHelp(), quietOclif(), lazyOclif(), lightPlatform(), lazyRequires(), ...plugins],
  }
  const absolute = table =>
    Object.fromEntries(Object.entries(table).map(([name, file]) => [name, join(root, file)]))
  const bundle = await rolldown({
    ...options,
    input: { ...absolute({ ...ENTRIES, ...entries }), ...facadesOf(absolute(facades)) },
    plugins: [...options.plugins, facadeModules(), start.plugin],
  })
  const result = await bundle.write({
    ...output,
    codeSplitting: { includeDependenciesRecursively: false, groups: [start.group] },
  })
  await bundle.close()
  const modules = [...modulesOf(result)]
  writeFileSync(join(folder, 'library.js'), LIBRARY)
  for (const [name, file] of Object.entries(absolute(THREADS))) {
    const thread = await rolldown({ ...options, input: { [name]: file } })
    modules.push(...modulesOf(await thread.write({ ...output, codeSplitting: false })))
    await thread.close()
  }
  return packagesOf(modules)
}

const modulesOf = ({ output }) => output.flatMap(chunk => chunk.moduleIds ?? [])

const FACADE = 'facade:'

const facadesOf = table =>
  Object.fromEntries(Object.entries(table).map(([name, file]) => [name, `${FACADE}${file}`]))

/** Modules that only export what another one does: as an entry, that one would be loaded by way of its entry's file everywhere. */
function facadeModules() {
  return {
    name: 'facade-modules',
    resolveId: id => (id.startsWith(FACADE) ? `\0${id}` : null),
    load: id =>
      id.startsWith(`\0${FACADE}`) ? `export * from ${JSON.stringify(id.slice(FACADE.length + 1))}` : null,
  }
}

/** Puts what the roots of `START` load at once into one file, except what the entry itself loads. */
function startGroup() {
  let reached = new Set()
  let entered = new Set()
  return {
    group: {
      debugName: 'start',
      name: id => (entered.has(id) ? 'main' : reached.has(id) && !SELDOM.test(id) ? 'start' : null),
    },
    plugin: {
      name: 'start',
      buildEnd() {
        const closure = roots => {
          const found = new Set()
          const waiting = [...roots]
          for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
            if (found.has(id)) continue
            found.add(id)
            waiting.push(...(this.getModuleInfo(id)?.importedIds ?? []))
          }
          return found
        }
        const ids = [...this.getModuleIds()]
        reached = closure(ids.filter(id => START.some(root => root.test(id))))
        entered = closure(ids.filter(id => /\/src\/program\/main\.ts$/.test(id)))
      },
    },
  }
}

/** Makes each `require` of oclif happen where it is used first: a command uses a tenth of what oclif requires at once. */
function lazyOclif() {
  return {
    name: 'lazy-oclif',
    transform: {
      filter: { id: /node_modules\/@oclif\/core\/lib\/.*\.js$/ },
      handler(code) {
        const names = []
        const lazy = code.replace(
          /^(?:const|var) (\w+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm,
          (_, name, loaded) => {
            names.push(name)
            return `const load_${name} = () => ${loaded};`
          },
        )
        // No line is added or removed, so that the source map stays as it is.
        const used = new RegExp(`\\b(?:${names.join('|')})\\b`, 'g')
        return { code: names.length === 0 ? lazy : lazy.replace(used, name => `(load_${name}())`), map: null }
      },
    },
  }
}

/** Makes each `require` of a module of Node happen where it is used first: `node:crypto` alone is a fifth of bare Node's start. */
function lazyRequires() {
  return {
    name: 'lazy-requires',
    renderChunk(code) {
      const names = []
      const lazy = code.replace(
        /^(?:let|const) ([\w$]+) = require\("(node:[^"]+|\.\/(?!rolldown-runtime)[^"]+)"\);$/gm,
        (whole, name, module) => {
          // One that is wrapped for a default import is used at once.
          if (new RegExp(`^${escaped(name)} = `, 'm').test(code)) return whole
          names.push(name)
          return `let kept_${name}; const load_${name} = () => (kept_${name} ??= require("${module}"));`
        },
      )
      if (names.length === 0) return null
      const used = new RegExp(`(?<![\\w$]|[^.]\\.)(?:${names.map(escaped).join('|')})(?![\\w$:])`, 'g')
      return { code: lazy.replace(used, name => `(load_${name}())`), map: null }
    },
  }
}

/** Compiles a text of the help as a template only if it is one. */
function plainHelp() {
  const whole = 'return ejs_1.default.render(t, context);'
  return {
    name: 'plain-help',
    transform: {
      filter: { id: /@oclif\/core\/lib\/help\/util\.js$/ },
      handler(code) {
        if (!code.includes(whole)) throw new Error('oclif renders help in another way: look at help/util.js')
        return { code: code.replace(whole, `if (!t?.includes?.('<%')) return t ?? ''; ${whole}`), map: null }
      },
    },
  }
}

/**
 * Leaves out what oclif loads at every start and never uses here: its `package.json`, of which it wants the version, would bring the
 * chunk of its plugins along; and its log is shown by `DEBUG` alone, which the program removes (`secureProcess`).
 */
function quietOclif() {
  const changes = [
    {
      file: /@oclif\/core\/lib\/cache\.js$/,
      from: /require\(["']@oclif\/core\/package\.json["']\)\.version/,
      to: id =>
        JSON.stringify(JSON.parse(readFileSync(join(dirname(id), '../package.json'), 'utf8')).version),
    },
    {
      file: /@oclif\/core\/lib\/logger\.js$/,
      from: /__importDefault\(require\(["']debug["']\)\)/,
      to: () => '{ default: () => () => undefined }',
    },
  ]
  return {
    name: 'quiet-oclif',
    transform: {
      filter: { id: changes.map(({ file }) => file) },
      handler(code, id) {
        const { from, to } = changes.find(({ file }) => file.test(id))
        if (!from.test(code)) throw new Error(`oclif is written in another way: look at ${id}`)
        return { code: code.replace(from, () => to(id)), map: null }
      },
    },
  }
}

/** Answers oclif's question for the platform without the packages that look for PowerShell, which are loaded where they are asked. */
function lightPlatform() {
  const id = '\0light-platform'
  let whole
  return {
    name: 'light-platform',
    async resolveId(name, importer) {
      if (name === 'wsl-utils' && /@oclif\/core\/lib\//.test(importer ?? '')) {
        whole = (await this.resolve(name, importer)).id
        return id
      }
      return importer === id ? await this.resolve(name, whole) : null
    },
    load: name =>
      name === id
        ? `export { default as isWsl } from 'is-wsl'
           export const powerShellPath = async () => (await import(${JSON.stringify(whole)})).powerShellPath()`
        : null,
  }
}

const escaped = name => name.replaceAll('$', '\\$')
