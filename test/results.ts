import { appendFileSync } from 'node:fs'
import type { z } from 'zod'
import { ErrorResult } from '../src/toolkit/results/fault.ts'
import { COMMAND_RESULTS, RESULTS } from '../src/toolkit/results/index.ts'

/** Where every checked result is written to as well, a line each: examples for the documentation are chosen from them. */
const RECORD = process.env['INTERDICT_RECORD_RESULTS']

/**
 * Returns what a run of the program printed, after a check of all that is for programs by the type of its command: `--json` as
 * one document, the lines of `watch --json` and of `inventory --format ndjson` one by one. Other output is not looked at, and of
 * a program that was killed no document.
 *
 * @param args the command line, without the program
 * @throws if a member is unknown, missing, or of another type
 */
export function checked<Ended extends { stdout: string; code?: number | null; exit?: number | null }>(
  args: readonly string[],
  ended: Ended,
): Ended {
  const { code, exit, stdout } = ended
  checkOutput(args, stdout, code === null || exit === null)
  return ended
}

function checkOutput(line: readonly string[], stdout: string, killed: boolean): void {
  const args = line.includes('--') ? line.slice(0, line.indexOf('--')) : line
  const command = commandOf(args)
  if (stdout === '' || args.includes('--help') || !args.some(each => ['--json', 'ndjson'].includes(each)))
    return
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1)
  if (command === undefined || !hasLines(command, args)) {
    if (!killed) checkResult(args, JSON.parse(stdout))
    return
  }
  const [lines = '', failure] = whole.split(/^(?=\{$)/m)
  for (const text of lines.split('\n').filter(each => each !== '')) checkLine(command, text)
  if (failure !== undefined && !killed) checkResult(args, JSON.parse(failure))
}

/**
 * Checks the document that a command printed with `--json`.
 *
 * @param args the command line, without the program
 * @throws if a member is unknown, missing, or of another type
 */
export function checkResult(args: readonly string[], data: unknown): void {
  const command = commandOf(args)
  const { document = [] } = (command === undefined ? undefined : COMMAND_RESULTS[command]) ?? {}
  check([...document, ErrorResult], data, command ?? args.join(' '))
}

/** The id of the command in a command line, e.g. `playbook:list`; undefined if it has none that prints JSON. */
export function commandOf(args: readonly string[]): string | undefined {
  const [first = '', second = ''] = args.filter(each => !each.startsWith('-'))
  return [`${first}:${second}`, first].find(id => Object.hasOwn(COMMAND_RESULTS, id))
}

/** Whether the command prints lines in place of a document. */
function hasLines(command: string, args: readonly string[]): boolean {
  return command === 'watch' || (command === 'inventory' && args.includes('ndjson'))
}

function checkLine(command: string, text: string): void {
  const { line } = COMMAND_RESULTS[command] ?? {}
  check([...(line ? [line] : []), ErrorResult], JSON.parse(text), command)
}

/** The flaws in words; of a union, those of the alternative that fits best. */
function flawsOf(issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[] = []): string[] {
  return issues.flatMap(issue => {
    const at = [...path, ...issue.path]
    const branches = issue.code === 'invalid_union' ? issue.errors.map(each => flawsOf(each, at)) : []
    const [best] = branches.sort((a, b) => a.length - b.length)
    return best ?? [`${issue.message} at ${at.map(String).join('.')}`]
  })
}

function check(types: readonly z.ZodType[], data: unknown, command: string): void {
  const tried = types.map(type => ({ type, flaws: flawsOf(type.safeParse(data).error?.issues ?? []) }))
  const fitting = tried.find(({ flaws }) => flaws.length === 0)
  if (fitting === undefined) {
    // The type that was meant is the one with the fewest flaws.
    const [nearest] = tried.sort((a, b) => a.flaws.length - b.flaws.length)
    const flaws = nearest?.flaws.join('\n') ?? 'it has no type'
    throw new Error(`what ${command} printed is not of its type:\n${flaws}\n${JSON.stringify(data, null, 2)}`)
  }
  if (RECORD === undefined) return
  const name = Object.keys(RESULTS).find(each => RESULTS[each] === fitting.type)
  appendFileSync(RECORD, `${JSON.stringify({ name, command, data })}\n`)
}
