import { readFile, stat } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { openSeals } from '../journal/seals.ts'
import { Fault } from '../model/fault.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { signalsOf } from '../signals/index.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { explainedTriggers } from '../toolkit/explained-trigger.ts'
import { readPlaybook, shippedNames } from '../toolkit/playbooks.ts'
import type { ExplanationResult } from '../toolkit/results/explanation.ts'
import { baselineOf, type Reading, readingOf } from '../toolkit/watch/judge.ts'
import { type Explanation, explanationText } from '../ui/explanation.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { foldersOf } from './folders.ts'
import { exitWith, print } from './terminal.ts'

const MOST_BYTES = 1024 * 1024
const MOST_EVENTS = 100

export interface ExplainRequest extends Reading {
  /** A file with a record in the cloud's own format; `-` for standard input. */
  record: string
  /** Files, or names of shipped playbooks; all shipped ones with triggers when empty. */
  playbooks: readonly string[]
  json: boolean
  /** Folder of the runs, in which is what was learned. */
  state?: string | undefined
  /** Folder of the keys. */
  config?: string | undefined
}

/** Prints the events in a record, and which condition of each trigger they do not meet. Exit 4 when it holds no event. */
export async function explainRecord(request: ExplainRequest): Promise<void> {
  const options = await readingOf(request)
  const record = await recordText(request.record)
  const catalog = catalogOf(await providersOf())
  const names = request.playbooks.length > 0 ? request.playbooks : await shippedNames()
  const playbooks: Playbook[] = []
  for (const name of names) playbooks.push(await readPlaybook(name, catalog))
  const watch = await openSeals(foldersOf(request)).known('watch')
  const learned = watch && (await baselineOf(watch))
  const baseline = learned && learned.size > 0 ? learned : undefined
  const { signals, poison } = await signalsOf(record, options)
  const explanation: Explanation = {
    events: signals.slice(0, MOST_EVENTS).map(event => ({
      event,
      triggers: playbooks.flatMap(playbook => explainedTriggers(playbook, event, baseline)),
    })),
    ...(poison === undefined ? {} : { setAside: poison.reason }),
  }
  await print(
    request.json
      ? jsonText(explanation satisfies ExplanationResult)
      : explanationText(explanation, await pageOf(process.stdout)),
  )
  if (signals.length === 0) exitWith('incomplete')
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
