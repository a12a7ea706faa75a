import { quotedWord } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import { COMMAND_NAMES } from './command-names.ts'

/** Flags of this command that a command in a hint needs as well. */
let words: { lab: boolean; place: string } = { lab: false, place: '' }

type PlaceFlags = Readonly<Record<string, unknown>>

/** Notes where the command of this process acts, and as whom. A value of the environment is left out: the next command finds it there. */
export function notePlace(flags: PlaceFlags, environment: NodeJS.ProcessEnv = process.env): void {
  const flagsOfPlace = [
    ['--state', flags['state'], environment['INTERDICT_STATE']],
    ['--config', flags['config'], environment['INTERDICT_CONFIG']],
    ['--profile', flags['profile'], environment['INTERDICT_PROFILE']],
    [
      '--impersonate-service-account',
      flags['impersonate-service-account'],
      environment['CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT'],
    ],
  ] as const
  words = {
    lab: flags['lab'] === true,
    place: flagsOfPlace
      .flatMap(([flag, value, known]) =>
        typeof value === 'string' && value !== known ? [` ${flag} ${quotedWord(value)}`] : [],
      )
      .join(''),
  }
}

const COMMAND = new RegExp(
  `(?<![\\w./-])interdict (?:${COMMAND_NAMES.join('|')})(?![\\w-])(?! --(?:state|config|profile|impersonate-service-account) )`,
  'g',
)

/** Returns a text for people in which each command names the place that this command was given (`--state`, `--config`, `--profile`). */
export function pasteable(text: string): string {
  const { place } = words
  return place === '' ? text : text.replaceAll(COMMAND, command => `${command}${place}`)
}

/** Returns the items with their commands completed likewise, for `--json` and for tables. */
export function withPlace<Item extends { command: string }>(items: readonly Item[]): Item[] {
  return items.map(item => ({ ...item, command: pasteable(item.command) }))
}

/** Returns a fault whose next step can be pasted: with the place and, where a cloud's advice cannot know of it, with `--lab`. */
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
