/** The first of these words before `--`, alone or with others, asks for help as `--help` does. */
const HELP = '-h'

/** Words that stand for `--version` when they come first. */
const VERSION = ['-v', 'version']

/**
 * Returns the words of a command line with the other spellings of help and version written as `--help` and `--version`:
 * `help contain`, `contain -h`, `version`, `-v`.
 */
export function plainWords(argv: readonly string[]): string[] {
  const [first = '', ...rest] = argv
  if (first === 'help') return rest.length === 0 ? ['--help'] : [...withoutHelp(rest), '--help']
  if (VERSION.includes(first)) return ['--version', ...rest]
  const last = argv.at(-1)
  return last === HELP && !argv.includes('--') ? [...argv.slice(0, -1), '--help'] : [...argv]
}

function withoutHelp(words: readonly string[]): string[] {
  return words.filter(word => word !== '--help' && word !== HELP)
}
