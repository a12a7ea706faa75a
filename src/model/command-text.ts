/** The commands that work on one run. */
export type RunVerb = 'guard' | 'restore' | 'resume' | 'rotate' | 'status' | 'tidy' | 'verify'

/** A run as a command line has to name it. */
export interface RunPlace {
  run: string
  /** The world that it was made in; its commands need `--lab` in the lab. */
  target: { kind: string }
}

/** Commands that read the journals alone, so that the lab and the clouds are the same to them. */
const WITHOUT_TARGET: readonly string[] = ['status'] satisfies RunVerb[]

/**
 * Returns the command line of a command on a run, ready to paste: every hint is made here, so that none lacks what the
 * command needs (`--lab`).
 *
 * @param flags words after the run, unquoted: `--only`, `user ci`
 */
export function runCommand(verb: RunVerb, { run, target }: RunPlace, ...flags: readonly string[]): string {
  const lab = target.kind === 'lab' && !WITHOUT_TARGET.includes(verb)
  return commandText([verb, run, ...flags], { lab })
}

/** Returns where a run was made, from its state. */
export function placeOfRun({ run, plan }: { run: string; plan: { target: { kind: string } } }): RunPlace {
  return { run, target: plan.target }
}

/**
 * Returns a command line of interdict, ready to paste into a shell.
 *
 * @param words the command and its arguments, unquoted
 * @param place `lab`: it acts on the lab
 */
export function commandText(words: readonly string[], { lab }: { lab: boolean }): string {
  return ['interdict', ...words.map(quotedWord), ...(lab ? ['--lab'] : [])].join(' ')
}

/** Returns a word as a POSIX shell takes it literally; a plain one as it is. */
export function quotedWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
