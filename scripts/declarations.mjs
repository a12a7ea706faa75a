import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importsOf, statementsOf, wordsOf } from './declaration-statements.mjs'

/** The module that other programs import, as `exports` in package.json has it. */
const ENTRY = 'index.d.ts'

/** Types of packages that the package does not bring along, as far as its public types need them. */
const FOREIGN = {
  zod: {
    ZodType: 'interface ZodType<Output = unknown> {\n    parse(value: unknown): Output;\n}',
  },
  jose: { JSONWebKeySet: 'interface JSONWebKeySet {\n    keys: Record<string, unknown>[];\n}' },
}

/**
 * Keeps the declarations that the package's public types need, and deletes the rest: hosts may import nothing else, and types of
 * packages that the program is bundled with are not there. Specifiers end in `.js`, as those of the code do. Throws if a public type
 * needs a package that is neither Node's nor in `FOREIGN`.
 *
 * @param dist folder with the declarations that TypeScript wrote
 */
export function keepPublicDeclarations(dist) {
  const files = new Map()
  const fileOf = name => {
    if (!files.has(name))
      files.set(name, { ...readDeclarations(dist, name), kept: new Set(), used: new Map() })
    return files.get(name)
  }
  const waiting = fileOf(ENTRY).statements.map(statement => [ENTRY, statement])
  const ask = (name, wanted) => {
    for (const statement of fileOf(name).statements) {
      if (statement.names.includes(wanted)) waiting.push([name, statement])
    }
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, statement] = next
    const file = fileOf(name)
    if (file.kept.has(statement)) continue
    file.kept.add(statement)
    if (statement.from !== undefined) {
      for (const [, there] of statement.bindings) ask(pathOf(name, statement.from), there)
      continue
    }
    for (const [from, there] of statement.inline) ask(pathOf(name, from), there)
    for (const word of wordsOf(statement.text)) {
      ask(name, word)
      const binding = file.imports.get(word)
      if (binding === undefined) continue
      file.used.set(word, binding)
      if (binding.from.startsWith('.')) ask(pathOf(name, binding.from), binding.there)
    }
  }
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    const { kept, statements, used } = files.get(file.replaceAll('\\', '/')) ?? {}
    if (kept === undefined || kept.size === 0) rmSync(join(dist, file))
    else
      writeFileSync(
        join(dist, file),
        textOf(
          file,
          statements.filter(each => kept.has(each)),
          used,
        ),
      )
  }
}

function readDeclarations(dist, name) {
  const statements = statementsOf(readFileSync(join(dist, name), 'utf8'))
  const imports = new Map(statements.flatMap(importsOf))
  const star = statements.find(({ text }) => /^export \*/m.test(text))
  if (star !== undefined) throw new Error(`${name} exports everything of a module: name what it exports`)
  return { imports, statements: statements.filter(({ imported }) => !imported) }
}

function textOf(name, statements, used) {
  const lines = []
  for (const [word, { from, there, kind }] of used) {
    if (from.startsWith('.')) lines.push(importLine(word, there, kind, withJs(from)))
    else if (from.startsWith('node:')) lines.push(importLine(word, there, kind, from))
    else if (FOREIGN[from]?.[there] !== undefined) lines.push(FOREIGN[from][there])
    else
      throw new Error(
        `${name}: a public type needs ${there} of ${from}, which the package does not bring along`,
      )
  }
  const texts = statements.map(({ text }) =>
    text.replace(
      /((?:\bfrom\s*|\bimport\s*\(\s*)['"])(\.{1,2}\/[^'"]+)(['"])/g,
      (_, head, path, tail) => `${head}${withJs(path)}${tail}`,
    ),
  )
  return `${[...lines, ...texts].join('\n').trim()}\n`
}

function importLine(word, there, kind, from) {
  if (kind === 'namespace') return `import type * as ${word} from '${from}';`
  if (kind === 'default') return `import type ${word} from '${from}';`
  return `import type { ${there === word ? word : `${there} as ${word}`} } from '${from}';`
}

const withJs = path => path.replace(/\.(?:ts|js)$/, '.js')
const pathOf = (importer, path) =>
  join(dirname(importer), path.replace(/\.(?:ts|js)$/, '.d.ts')).replaceAll('\\', '/')
