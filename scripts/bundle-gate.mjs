import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/** What a decision seldom needs stays in files of its own, loaded when it is. */
const SELDOM =
  /policy-file|environment|expression\/pattern|journal\/|gate-verbs|mcp\/proxy|playbook\/problems/

/**
 * Makes one file of what `interdict-gate hook` loads before every tool call: each module that Node looks up costs half a
 * millisecond, and there are fewer than fifteen for everything. CommonJS, which starts faster.
 */
export async function bundleGate(dist) {
  const bundle = await rolldown({
    input: join(dist, 'wiring/gate.js'),
    platform: 'node',
    external: (id, importer) =>
      importer !== undefined && (!id.startsWith('.') ? !id.startsWith('/') : SELDOM.test(id)),
    logLevel: 'warn',
  })
  const file = join(dist, 'wiring/gate.cjs')
  await bundle.write({ file, format: 'cjs', codeSplitting: false, minify: true, sourcemap: false })
  await bundle.close()
  chmodSync(file, 0o644)
}
