import { quotedWord } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import { COMMAND_NAMES } from './command-names.ts'

/** Flags of this command that a command in a hint needs as well. */
let words: { lab: boolean; folders: string } = { lab: false, folders: '' }

interface PlaceFlags {
  lab?: unknown
  state?: unknown
  config?: unknown
}

/** Notes where the command of this process acts. A folder of the environment is left out: the next command finds it there. */
export function notePlace(flags: PlaceFlags, environment: NodeJS.ProcessEnv = process.env): void {
  const folders = [
    ['--state', flags.state, environment['INTERDICT_STATE']],
    ['--config', flags.config, environment['INTERDICT_CONFIG']],
  ] as const
  words = {
    lab: flags.lab === true,
    folders: folders
      .flatMap(([flag, value, known]) =>
        typeof value === 'string' && value !== known ? [` ${flag} ${quotedWord(value)}`] : [],
      )
      .join(''),
  }
}

const COMMAND = new RegExp(
  `(?<![\\w./-])interdict (?:${COMMAND_NAMES.join('|')})(?![\\w-])(?! --(?:state|config) )`,
  'g',
)

/** Returns a text for people in which each command names the folders that this command was given (`--state`, `--config`). */
export function pasteable(text: string): string {
  const { folders } = words
  return folders === '' ? text : text.replaceAll(COMMAND, command => `${command}${folders}`)
}

/** Returns a fault whose next step can be pasted: with the folders and, where a cloud's advice cannot know of it, with `--lab`. */
export function pasteableFault(fault: Fault): Fault {
  const { code, message, where, retryAfter, without, cause } = fault
  if (fault.next === undefined) return fault
  const advice = words.lab
    ? fault.next.replace(/\binterdict doctor(?! --lab)/g, 'interdict doctor --lab')
    : fault.next
  const next = pasteable(advice)
  if (next === fault.next) return fault
  return new Fault(code, message, {
    next,
    ...(where === undefined ? {} : { where }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(without === undefined ? {} : { without }),
    cause,
  })
}
