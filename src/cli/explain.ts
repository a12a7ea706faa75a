import { readFile, stat } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { clouds } from '../clouds/index.ts'
import { Fault } from '../model/fault.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { type ExplainRequest, explainRecord as explain } from '../toolkit/explain.ts'
import type { ExplanationResult } from '../toolkit/results/explanation.ts'
import { explanationText } from '../ui/explanation.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { foldersOf } from './folders.ts'
import { exitWith, print } from './terminal.ts'

const MOST_BYTES = 1024 * 1024

interface ExplainFlags extends ExplainRequest {
  json: boolean
  state?: string | undefined
  config?: string | undefined
}

/** `playbook explain`: prints the events in a record, read from a file or from standard input (`-`). Exit 4 when it holds no event. */
export async function explainRecord(flags: ExplainFlags): Promise<void> {
  const record = await recordText(flags.record)
  const explanation = await explain({ clouds, folders: foldersOf(flags) }, { ...flags, record })
  await print(
    flags.json
      ? jsonText(explanation satisfies ExplanationResult)
      : explanationText(explanation, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
  if (explanation.events.length === 0) exitWith('incomplete')
}

async function recordText(given: string): Promise<string> {
  if (given === '-') return bounded(await textOf(process.stdin))
  try {
    const found = await stat(given)
    if (!found.isFile()) throw new Fault('usage', `${JSON.stringify(given)} is not a file`)
    if (found.size > MOST_BYTES) throw tooLarge(given)
    return await readFile(given, 'utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new Fault('usage', `cannot read ${JSON.stringify(given)}: ${code}`, {
      next: 'give a file that holds a record, or - for standard input',
    })
  }
}

function bounded(record: string): string {
  if (record.length > MOST_BYTES) throw tooLarge('-')
  return record
}

function tooLarge(name: string): Fault {
  return new Fault('usage', `${JSON.stringify(name)} is larger than 1 MiB`, {
    next: 'give one record of it, or a few',
  })
}
