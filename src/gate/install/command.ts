import { PLATFORM, type Platform } from '../../platform/platform.ts'
import { CLEARED_VARIABLES } from '../cleared-variables.ts'

/** Longer than the gate's own limit (`INTERDICT_GATE_SECONDS`, at most 9) and shorter than the time-out that the installed hook has in the harness. */
const OUTER_LIMIT_S = 10

/** Seconds that the installed hook makes the harness wait. Most harnesses run the tool when they end the hook. */
export const HARNESS_LIMIT_S = 60

/** Words of our command by which an entry is recognised as ours, with any paths and quotes around them. */
export const OUR_COMMAND = /gate\.cjs['"\\]* hook --harness /

/**
 * The command line that a harness runs. It exits with 0 only when the gate has printed a decision, an object in JSON; what it
 * prints is passed on then. Everything else exits with 2 and a reason on stderr: Claude Code, Gemini CLI and Qwen Code run the
 * tool after any other code, all of them after a 0 with nothing or anything else on stdout, and Codex, Gemini CLI and Qwen
 * Code after a 2 without a reason (recorded from Claude Code 2.1.332, Codex 0.171.0, Gemini CLI 0.61.0 and Qwen Code 0.24.4).
 *
 * `timeout` is the path of coreutils' program; without it the shell itself ends a gate that hangs. `/bin/sh` is named since
 * a harness may use the user's shell, and not every shell understands the line. Throws `Unquotable` for a path that the shell of the
 * platform cannot be handed.
 */
export function hookCommand(
  words: readonly string[],
  timeout: string | undefined,
  { hookShell, quoted }: Platform = PLATFORM,
): string {
  const run = words.map(quoted).join(' ')
  if (hookShell === 'cmd') return `${run} || (echo interdict-gate refused: no decision 1>&2 & exit 2)`
  const limited = timeout === undefined ? watched(run) : `${quoted(timeout)} -k 1 ${OUTER_LIMIT_S} ${run}`
  const script =
    `unset ${CLEARED_VARIABLES.join(' ')}; o=$(${limited}) && ` +
    'case $o in "{"*"}") printf "%s\\n" "$o";; *) false;; esac || ' +
    '{ echo "interdict-gate refused: no decision to run this tool" >&2; exit 2; }'
  return `/bin/sh -c ${quoted(script)}`
}

/** A background job has no stdin of its own, so it is handed the shell's; the watcher leaves no process behind. */
function watched(run: string): string {
  const watcher = `sleep ${OUTER_LIMIT_S} & s=$!; trap "kill $s" TERM; wait $s && kill -9 $p`
  return (
    `exec 3<&0; ${run} <&3 3<&- & p=$!; ` +
    `(exec <&- 3<&-; ${watcher}) >/dev/null 2>&1 & w=$!; ` +
    'wait $p; c=$?; kill $w 2>/dev/null; [ $c -eq 0 ]'
  )
}
