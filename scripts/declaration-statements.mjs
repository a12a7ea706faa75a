/** A comment, a string, a bracket or the end of a statement. */
const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|[{}()[\]]|;/g
/** Statements that end with their closing brace. */
const BLOCK = /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:interface|class|enum|namespace|module)\b/
const DECLARED =
  /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:interface|class|enum|namespace|type|function|const|let|var)\s+([\w$]+)/
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g

/**
 * Returns the top-level statements of a declaration file, each with its comment.
 *
 * - `names`: what it declares or exports, by the names that others use
 * - `from`, `bindings`: of `export { here as there } from 'module'`; pairs of the exported name and the module's own
 * - `inline`: pairs of module and name of each `import('module').Name`
 * - `imported`: it is an import
 */
export function statementsOf(text) {
  return split(text).map(part => {
    const code = part.replace(COMMENT, '').trim()
    const [, list, from] = /^export\s+(?:type\s+)?\{([^}]*)\}(?:\s*from\s*['"]([^'"]+)['"])?/.exec(code) ?? []
    const bindings = list === undefined ? [] : bindingsOf(list)
    const declared = DECLARED.exec(code)?.[1]
    return {
      text: part,
      imported: /^import\s/.test(code),
      names: declared === undefined ? bindings.map(([name]) => name) : [declared],
      inline: [...code.matchAll(/import\(['"](\.[^'"]+)['"]\)\.([\w$]+)/g)].map(([, path, name]) => [
        path,
        name,
      ]),
      ...(from === undefined ? {} : { from, bindings }),
    }
  })
}

/** Returns what an import brings in: pairs of the local name and `{ from, there, kind }`; none for another statement. */
export function importsOf({ text, imported }) {
  if (!imported) return []
  const code = text.replace(COMMENT, '').trim()
  const [, head, from] = /^import\s+(?:type\s+)?([\s\S]*?)\s*from\s*['"]([^'"]+)['"]/.exec(code) ?? []
  if (from === undefined) return []
  const [, space] = /\*\s+as\s+([\w$]+)/.exec(head) ?? []
  const [, list = ''] = /\{([\s\S]*)\}/.exec(head) ?? []
  const [, own] = /^([\w$]+)\s*(?:,|$)/.exec(head) ?? []
  return [
    ...bindingsOf(list).map(([name, there]) => [name, { from, there, kind: 'named' }]),
    ...(space === undefined ? [] : [[space, { from, there: '*', kind: 'namespace' }]]),
    ...(own === undefined ? [] : [[own, { from, there: 'default', kind: 'default' }]]),
  ]
}

/** Returns the identifiers in a statement, without those in comments and strings. */
export function wordsOf(text) {
  const code = text.replace(TOKEN, token => (/^['"/]/.test(token) ? ' ' : token))
  return new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? [])
}

function bindingsOf(list) {
  return list
    .split(',')
    .map(each => each.trim().replace(/^type\s+/, ''))
    .filter(each => each !== '')
    .map(each => {
      const [there = '', name = there] = each.split(/\s+as\s+/)
      return [name, there]
    })
}

function split(text) {
  const parts = []
  let depth = 0
  let from = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (/^[{([]/.test(token) && token.length === 1) depth += 1
    const closes = /^[})\]]$/.test(token)
    if (closes) depth -= 1
    if (depth > 0 || !(token === ';' || closes)) continue
    const part = text.slice(from, index + 1)
    // The brace of a type argument is followed by more of the line.
    const closesBlock = token === '}' && /^\s*(?:\n|$)/.test(text.slice(index + 1))
    if (token !== ';' && !(closesBlock && BLOCK.test(part.replace(COMMENT, '').trim()))) continue
    parts.push(part.trim())
    from = index + 1
  }
  const rest = text.slice(from).replace(COMMENT, '').trim()
  if (rest !== '') throw new Error(`a declaration has no end: ${rest.slice(0, 60)}`)
  return parts.filter(part => part !== ';')
}
