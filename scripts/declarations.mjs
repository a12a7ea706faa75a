import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The module that other programs import, as `exports` in package.json has it. */
const ENTRY = 'index.d.ts'
const SPECIFIER = /((?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)['"])(\.{1,2}\/[^'"]+)\.(?:ts|js)(['"])/gm

/**
 * Keeps the declarations that the package's public types need, and deletes the rest: hosts may import nothing else. Specifiers
 * end in `.js`, as those of the code do.
 */
export function keepPublicDeclarations(dist) {
  const needed = new Set()
  const waiting = [ENTRY]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (needed.has(file)) continue
    needed.add(file)
    const text = readFileSync(join(dist, file), 'utf8').replace(SPECIFIER, (_, head, path, tail) => {
      waiting.push(join(dirname(file), `${path}.d.ts`))
      return `${head}${path}.js${tail}`
    })
    writeFileSync(join(dist, file), text)
  }
  for (const file of globSync('**/*.d.ts', { cwd: dist })) if (!needed.has(file)) rmSync(join(dist, file))
  return needed
}
