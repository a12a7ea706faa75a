import { Fault } from '../../model/fault.ts'

/** By this our line is known again. */
const OURS = 'hooks = true # interdict-gate: keeps hooks on'

/**
 * Codex's `requirements.toml` with hooks switched on for every user and project. Fault `refused` when it says already that
 * they are off, or in a form that is not edited here.
 */
export function withHooksFeature(text: string, path: string): string {
  const said = hooksFeature(text)
  if (said === true) return text
  if (said === false || /^\s*("?features"?\s*[.=]|\[\s*"?features"?\s*\.)/m.test(text)) {
    throw new Fault(
      'refused',
      'the requirements of Codex cannot be changed: they mention its features already',
      {
        where: path,
        next: 'add hooks = true under [features] by hand, then install again',
      },
    )
  }
  const header = /^[ \t]*\[[ \t]*features[ \t]*\][ \t]*(#.*)?$/m.exec(text)
  if (header) {
    const end = header.index + header[0].length
    return `${text.slice(0, end)}\n${OURS}${text.slice(end)}`
  }
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}[features]\n${OURS}\n`
}

/** The same text without our line, and without the table that held nothing else. */
export function withoutHooksFeature(text: string): string {
  const at = text.indexOf(`[features]\n${OURS}\n`)
  const rest = at < 0 ? '' : text.slice(at + `[features]\n${OURS}\n`.length)
  if (at >= 0 && /^\s*(\[|$)/.test(rest)) return text.slice(0, at) + rest
  return text.replace(`\n${OURS}`, '')
}

/**
 * Reads `[features] hooks` from a TOML file of Codex; `undefined` if it is not set. It reads the file line by line
 * and not as a TOML parser does: a line within a longer text counts, too, and of several `false` wins.
 */
export function hooksFeature(text: string): boolean | undefined {
  let table = ''
  let found: boolean | undefined
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[+\s*([^\]]*?)\s*\]+\s*(#.*)?$/.exec(line)?.[1]
    if (header !== undefined) {
      table = header.replaceAll(/["'\s]/g, '')
      continue
    }
    const [, key = '', value = ''] = /^\s*([^=#]+?)\s*=\s*(.*)$/.exec(line) ?? []
    const name = [table, key.replaceAll(/["'\s]/g, '')].filter(part => part !== '').join('.')
    const inline = /(^|\.)features$/.test(name)
      ? /["']?(?:codex_)?hooks["']?\s*=\s*(true|false)/.exec(value)?.[1]
      : undefined
    const plain = /(^|\.)features\.(codex_)?hooks$/.test(name)
      ? /^(true|false)\b/.exec(value)?.[1]
      : undefined
    const said = inline ?? plain
    if (said !== undefined) found = said === 'true' && found !== false
  }
  return found
}
