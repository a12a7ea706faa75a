import type { Json } from '../model/json.ts'
import type { Call } from './call.ts'

/** Members of arguments that hold a command for a shell, in the tools of the harnesses and of common MCP servers. */
const COMMANDS = ['command', 'cmd', 'script', 'commands', 'shell_command'] as const

/** The command line of a call, or undefined when it has none. Lists of words are joined. */
export function commandOf({ args }: Pick<Call, 'args'>): string | undefined {
  const texts = COMMANDS.flatMap(name => {
    const value: Json | undefined = args[name]
    if (typeof value === 'string') return [value]
    return Array.isArray(value) ? [value.filter(each => typeof each === 'string').join(' ')] : []
  })
  return texts.length > 0 ? texts.join('\n') : undefined
}

/** A word of a command line, as the shell takes it: quotes and backslashes taken away. */
export interface Word {
  text: string
  /** `|`, `;`, `&&`, `(`, a newline …; `<` and `>` with what stands at them. */
  operator: boolean
}

/**
 * The words and operators of a command line, about as a POSIX shell splits them. Substituted text (`$(…)`, backquotes)
 * is parted like the rest: its words count, too. It does not expand anything.
 */
export function shellWords(line: string): Word[] {
  const words: Word[] = []
  let text = ''
  let begun = false
  const end = () => {
    if (begun) words.push({ text, operator: false })
    text = ''
    begun = false
  }
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at)
    const next = line.charAt(at + 1)
    if (char === '\\' && next !== '') {
      if (next !== '\n') {
        text += next
        begun = true
      }
      at += 1
    } else if (char === "'") {
      const close = line.indexOf("'", at + 1)
      text += line.slice(at + 1, close < 0 ? undefined : close)
      begun = true
      at = close < 0 ? line.length : close
    } else if (char === '"') {
      // A substitution in double quotes runs as well: only the quotes go.
      begun = true
    } else if (/\s/.test(char)) {
      end()
      if (char === '\n') words.push({ text: ';', operator: true })
    } else if (char === '`' || ('$<>'.includes(char) && next === '(')) {
      end()
      words.push({ text: '(', operator: true })
      if (char !== '`') at += 1
    } else if ('|&;()<>'.includes(char)) {
      end()
      const [operator = char] =
        /^(\|&?|\|\||&&|&>>?|;;|<<<|<<-?|>>|[<>]&|>\||[|&;()<>])/.exec(line.slice(at, at + 3)) ?? []
      const whole = line.startsWith('||', at) ? '||' : operator
      words.push({ text: whole, operator: true })
      at += whole.length - 1
    } else {
      text += char
      begun = true
    }
  }
  end()
  return words
}
