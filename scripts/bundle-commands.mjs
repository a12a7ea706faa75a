import { globSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/** Files that oclif loads by their path. */
const LOADED = ['commands/**/*.js', 'cli/command-not-found.js']

/**
 * Puts one file in the place of each command, with what commands share in `chunks/`: to look up each of our some six hundred
 * modules is a quarter of a command's time. Packages stay where npm puts them, and what a command imports when it needs it
 * stays apart. The rest of `dist` remains as it is: the gate, benches and generators load parts of it.
 *
 * `chunks/` is one folder deep as the modules are that look for files beside `dist`.
 */
export async function bundleCommands(dist) {
  const entries = LOADED.flatMap(pattern => globSync(pattern, { cwd: dist }))
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map(entry => [entry.replace(/\.js$/, ''), join(dist, entry)])),
    platform: 'node',
    external: id => !id.startsWith('.') && !id.startsWith('/'),
    // Nothing of ours is left out: what a module does when it is loaded, it does.
    treeshake: false,
    logLevel: 'warn',
    checks: { ineffectiveDynamicImport: false },
  })
  await bundle.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  })
  await bundle.close()
}
