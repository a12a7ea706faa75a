import manifest from '../../oclif.manifest.json' with { type: 'json' }

const COMMANDS = manifest.commands as {
  [id: string]: {
    flags: { [name: string]: { type: string } }
    args: object
    strict?: boolean
  }
}

/** A command line that a screen, an error or a result shows. */
export interface Pasted {
  /** The words after `interdict`, as a shell splits them. */
  words: string[]
  id: string
}

/**
 * Returns the commands of interdict that a text shows, as a person would copy them: the words of the command, its arguments and its
 * flags with their values, up to the sentence around it. A command that stands for itself in a sentence (`interdict drill shows …`)
 * has no more words than its name.
 */
export function pastedIn(text: string): Pasted[] {
  const flat = text.replace(/\s+/g, ' ')
  const found: Pasted[] = []
  for (const match of flat.matchAll(/(?<![\w./-])interdict (?=[a-z])/g)) {
    const rest = shellWords(flat.slice(match.index + match[0].length))
    const id = [rest.slice(0, 2).join(':'), rest[0] ?? ''].find(each => Object.hasOwn(COMMANDS, each))
    if (id === undefined) continue
    const count = id.split(':').length
    found.push({ id, words: [...rest.slice(0, count), ...argumentsOf(id, rest.slice(count))] })
  }
  return found
}

/** Words of a person's sentence are lower case letters alone, and no argument of a hint is, but the id of a run. */
function argumentsOf(id: string, words: readonly string[]): string[] {
  const { flags = {}, args = {} } = COMMANDS[id] ?? {}
  const taken: string[] = []
  let positions = Object.keys(args).length
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const name = /^--([\w-]+)$/.exec(word)?.[1]
    if (name !== undefined) {
      taken.push(word)
      const value = words[at + 1]
      if (flags[name.replace(/^no-/, '')]?.type === 'option' && value !== undefined) {
        taken.push(value)
        at += 1
      }
    } else if (positions > 0 && isArgument(id, word)) {
      positions -= 1
      taken.push(word)
    } else break
  }
  return taken
}

function isArgument(id: string, word: string): boolean {
  const takesRun = Object.hasOwn(COMMANDS[id]?.args ?? {}, 'run')
  return takesRun
    ? /^[a-z0-9]{6}$/.test(word) && !/^(?:shows?|prints|lists|orders)$/.test(word)
    : /[./:]|^[A-Z]{2,}$/.test(word)
}

/** Splits as a shell does, up to what ends a command in a sentence: `;`, `)`, `·`, a comma, a full stop or a question mark. */
function shellWords(text: string): string[] {
  const words: string[] = []
  for (const [whole, quoted, double, plain = ''] of text.matchAll(
    /'((?:[^']|'\\'')*)'(?=[ ;,)]|$)|"([^"]*)"|([^\s"']+)|\s+/g,
  )) {
    if (/^\s+$/.test(whole)) continue
    if (quoted !== undefined) words.push(quoted.replaceAll("'\\''", "'"))
    else if (double !== undefined) words.push(double)
    else {
      const bare = plain.replace(/[;,)?`]+$|\.$/, '')
      if (/^[·…|]/.test(plain)) break
      words.push(bare)
      if (bare !== plain) break
    }
  }
  return words
}

/** True for a form to be filled in: `interdict plan PLAYBOOK --out FILE`. */
export function isForm({ words }: Pasted): boolean {
  return words.some(word => /^[A-Z]{3,}$/.test(word))
}
