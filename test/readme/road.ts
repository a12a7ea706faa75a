import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const README = join(import.meta.dirname, '../../README.md')

/** A command as README.md shows it, and what it shows of the output. */
export interface Step {
  command: string
  shown: string[]
}

/** The output of a command and its exit code. */
export interface Ran {
  exit: number | null
  stdout: string
  stderr: string
}

/** The commands of "Five minutes on a real account". */
export function road(): Step[] {
  const steps: Step[] = []
  for (const line of block('road')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2).replace(/\s+#\s.*$/, ''), shown: [] })
    else if (line.trim() !== '') steps.at(-1)?.shown.push(line)
  }
  return steps
}

/** The commands by which README.md starts moto and makes a leaked key in it. */
export function emulatorStart(): string[] {
  return block('emulator').flatMap(line => (line.startsWith('$ ') ? [line.slice(2)] : []))
}

/** The lines that a containment prints against moto, according to README.md. */
export function motoEnd(): string[] {
  return block('moto').filter(line => line.trim() !== '')
}

/**
 * Walks the road, as somebody would who has a leaked key: types the key for `AKIA...`, the run's id for `7f3k2m`, and `--yes` where nobody is
 * asked. Yields each step with what it printed.
 */
export async function* walk(
  run: (...args: string[]) => Promise<Ran>,
  key: string,
): AsyncGenerator<{ step: Step; ran: Ran }> {
  let id = '7f3k2m'
  for (const step of road()) {
    const words = [...step.command.matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    )
    const args = words.slice(1).map(word => word.replace('AKIA...', key).replace('7f3k2m', id))
    const asks = ['contain', 'restore'].includes(args[0] ?? '') && !args.includes('--dry-run')
    const ran = await run(...args, ...(asks ? ['--yes'] : []))
    id = /interdict status (\w{6})\b/.exec(ran.stdout)?.[1] ?? id
    yield { step, ran }
  }
}

/** The lines that are shown and not printed, in this order; without regard to what differs between runs. */
export function missing(shown: readonly string[], printed: string): string[] {
  const lines = printed.split('\n').map(steady)
  let from = 0
  return shown.filter(line => {
    const at = lines.indexOf(steady(line), from)
    if (at < 0) return true
    from = at + 1
    return false
  })
}

/** A line without the times, spaces and generated ids in it. */
function steady(line: string): string {
  return line
    .replaceAll(/\bAKIA[A-Z0-9]+\b/g, 'KEY')
    .replaceAll(/\b\d+(?:s|min|h|d) ago\b|\bjust now\b|\bnever\b/g, 'AGO')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function block(name: string): string[] {
  const [, text = ''] =
    new RegExp(`<!-- ${name} -->\\n\`\`\`console\\n([\\s\\S]*?)\`\`\``).exec(readFileSync(README, 'utf8')) ??
    []
  return text.split('\n')
}
