import { nearest } from '../model/document/problems.ts'
import { Fault, toFault } from '../model/fault.ts'

/** A command as its parser knows it. */
export interface ParsedCommand {
  /** Words joined by `:`; empty for none. */
  id: string
  /** Its own flags by name. */
  flags?: object
  /** The flags of every command by name. */
  base?: object
}

/** Flags of other commands, and why a command can do without them. */
const NOT_HERE: { readonly [flag: string]: string } = {
  lab: 'leave it out: this command works without a cloud',
  yes: 'leave it out: this command asks nothing',
  'dry-run': 'interdict plan shows what a containment would change, and changes nothing',
}

/**
 * Returns any thrown thing as a Fault: wrong usage for an error of the command line's parser, with the flag that was probably
 * meant, and `interrupted` for an aborted prompt.
 */
export function asFault(error: unknown, command: ParsedCommand): Fault {
  if (error instanceof Fault) return error
  if (error instanceof Error && 'oclif' in error) {
    const message = error.message.replace(/\s*(?:Note: --[\s\S]*)?See more help with --help\s*$/, '')
    return new Fault('usage', withoutSecrets(message), { next: nextOf(error, command) })
  }
  if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
    return new Fault('interrupted', 'interrupted; nothing more was changed')
  }
  return toFault(error)
}

function nextOf(error: Error, { id, flags = {}, base = {} }: ParsedCommand): string {
  const help = ['interdict', ...id.split(':').filter(word => word !== ''), '--help'].join(' ')
  const [given] = 'flags' in error && Array.isArray(error.flags) ? error.flags.map(String) : []
  if (given === undefined) return help
  const name = (given.split('=')[0] ?? '').replace(/^-+/, '')
  const known = [...Object.keys(flags), ...Object.keys(base), 'help']
  const near = name.length > 1 ? nearestFlag(name, known) : undefined
  if (near !== undefined) return `did you mean --${near}?`
  return Object.hasOwn(NOT_HERE, name) ? (NOT_HERE[name] ?? help) : help
}

/** The flag that a mistyped one was probably meant to be: by spelling, else the only one that begins so (`--acc`). */
function nearestFlag(name: string, known: readonly string[]): string | undefined {
  const begun = known.filter(flag => flag.startsWith(name))
  return begun.length === 1 ? begun[0] : nearest(name, known)
}

/** The parser repeats what it does not understand: the value of a misspelt flag and the path of a URL may be secrets. */
function withoutSecrets(message: string): string {
  return message
    .replace(/(--[\w-]+)=\S+/g, '$1')
    .replace(/\b(https?:\/\/)(?:[^\s/@]*@)?([\w.:-]+)[^\s"']*/g, '$1$2/…')
}
