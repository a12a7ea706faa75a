import { readFileSync } from 'node:fs'
import { allChannels, channelText } from '../gate/channels.ts'
import type { Gate } from '../gate/gate.ts'
import { checkLedger } from '../gate/ledger-check.ts'
import { Pins } from '../gate/mcp/pins.ts'
import { say } from '../gate/output.ts'
import { compilePolicy } from '../gate/policy-cache.ts'
import { checkPolicy } from '../gate/policy-file.ts'
import { nearest, placeOf } from '../model/document/problems.ts'
import { shippedText } from '../store/shipped-files.ts'
import { plain } from '../ui/text.ts'

/** Prints name and version. */
export function version(): number {
  const { version: number } = JSON.parse(shippedText('package.json')) as { version: string }
  say(1, `interdict-gate ${number}\n`)
  return 0
}

/** Returns what to do about a word that the gate does not know: the one that was probably meant, or the help. */
export function nextOf(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? 'interdict-gate --help lists them' : `did you mean ${near}?`
}

/** Prints every problem of the policies; 2 when there is one. */
export async function check(files: readonly string[]): Promise<number> {
  if (files.length === 0) throw new Error('the policy is missing: check FILE')
  let wrong = false
  for (const file of files) {
    const { problems } = checkPolicy(readFileSync(file, 'utf8'), file)
    for (const problem of problems) {
      const more = problem.suggestion === undefined ? '' : `\n  → ${problem.suggestion}`
      say(2, printable(`${placeOf(problem)}: ${problem.message}${more}`))
    }
    if (problems.length > 0) wrong = true
    else say(1, printable(`${file}: ok`))
  }
  return wrong ? 2 : 0
}

export async function compile(gate: Gate): Promise<number> {
  await compilePolicy(gate.policy, readFileSync(gate.policy, 'utf8'), gate.seal)
  say(1, printable(`${gate.policy}: ok`))
  return 0
}

/** Prints the decisions, oldest first, or that there is none yet; 5 when their journal is not whole. */
export async function log(gate: Gate): Promise<number> {
  let flawed = false
  let lines = 0
  for (const { file, line, flaw, note, entry } of checkLedger(gate, gate.seal)) {
    lines += 1
    if (entry) {
      const { at, agent, tool, effect, reason } = entry
      say(1, printable(`${at} ${effect.padEnd(5)} ${agent} ${tool}: ${reason}`))
    }
    if (flaw !== undefined) flawed = true
    const remark = flaw ?? note
    if (remark !== undefined) say(2, printable(`${file} line ${line} ${remark}`))
  }
  if (lines === 0) say(2, printable(`no decisions yet in ${gate.state}`))
  return flawed ? 5 : 0
}

/** Prints the sessions that may have a program open which their harness feeds without a hook, oldest first. */
export async function sessions(gate: Gate): Promise<number> {
  for (const channel of allChannels(gate.state, gate.seal)) say(1, printable(channelText(channel)))
  return 0
}

/** Prints the pinned tools of a server, with the new definition of those that changed; or accepts one of these. */
export async function pins(
  gate: Gate,
  server: string | undefined,
  accept: string | undefined,
): Promise<number> {
  if (server === undefined) throw new Error('--server is missing: the name that interdict-gate mcp was given')
  const known = new Pins(gate.state, server, gate.seal)
  if (accept !== undefined) {
    if (!known.accept(accept)) throw new Error(`${accept} has not changed since it was pinned`)
    say(1, printable(`${accept}: accepted as it is now`))
    return 0
  }
  for (const { name, changed } of known.list())
    say(1, printable(changed === undefined ? name : `${name} changed: ${changed}`))
  return 0
}

/** Names come from agents and servers: no control characters reach the terminal. */
function printable(text: string): string {
  return `${text.split('\n').map(plain).join('\n')}\n`
}
