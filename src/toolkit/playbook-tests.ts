import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Firing } from '../model/firing.ts'
import { type Json, same } from '../model/json.ts'
import type { Playbook, PlaybookTest } from '../model/playbook/playbook.ts'
import type { Signal } from '../model/signal.ts'
import { bytesInside } from '../store/shipped-files.ts'
import { Baseline, Evaluator, type TriggerProblem } from '../watch/index.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { explainedTriggers } from './explained-trigger.ts'
import type { ExplainedEvent } from './explanation.ts'
import type { Host } from './host.ts'
import { readPlaybook } from './playbooks.ts'
import { type RecordReading, readingOf } from './watch/judge.ts'
import type { Reading } from './watch/reading.ts'

const MOST_BYTES = 1024 * 1024

/** One test of a playbook, run. */
export interface TestResult {
  name: string
  ok: boolean
  /** Why not. */
  why?: string
  fired: { trigger: string; why: string; inputs: { [name: string]: Json } }[]
  /**
   * The events of the records, at most 20, with the conditions of the triggers that are meant. Absent if the test passed, or if a
   * record cannot be read.
   */
  explained?: readonly ExplainedEvent[]
}

const MOST_EXPLAINED = 20

/** The tests of one playbook, run. */
export interface TestedPlaybook {
  name: string
  file: string
  tests: readonly TestResult[]
}

/**
 * Runs the tests of playbooks, given as files or names. Fault `usage` when none of them has a test.
 *
 * @param reading the files that say how records are read
 */
export async function testPlaybooks(
  { clouds }: Pick<Host, 'clouds'>,
  given: readonly string[],
  reading: Reading,
): Promise<TestedPlaybook[]> {
  const options = await readingOf(clouds, reading)
  const catalog = catalogOf(await providersOf(undefined, clouds))
  const tested: TestedPlaybook[] = []
  for (const each of given) {
    const playbook = await readPlaybook(each, catalog)
    const { name, file } = playbook
    tested.push({ name, file, tests: await runPlaybookTests(playbook, options) })
  }
  if (tested.every(({ tests }) => tests.length === 0)) {
    throw new Fault('usage', `${given.length === 1 ? 'the playbook has' : 'these playbooks have'} no tests`, {
      next: 'add tests: [{ name, event, fires }] next to its triggers',
    })
  }
  return tested
}

/** Runs the tests that stand in a playbook, each with a watch of its own. */
export async function runPlaybookTests(playbook: Playbook, options: RecordReading): Promise<TestResult[]> {
  const results: TestResult[] = []
  for (const test of playbook.tests ?? []) results.push(await runTest(playbook, test, options))
  return results
}

async function runTest(playbook: Playbook, test: PlaybookTest, options: RecordReading): Promise<TestResult> {
  const { name } = test
  const learned = await signalsIn(playbook, test.learned, options)
  if ('flaw' in learned) return { name, ok: false, why: learned.flaw, fired: [] }
  const baseline = new Baseline()
  for (const signal of learned.signals) baseline.learn(signal)
  const read = await signalsIn(playbook, test.events, options)
  if ('flaw' in read) return { name, ok: false, why: read.flaw, fired: [] }
  const watch = new Evaluator([playbook], { baseline })
  const verdicts = read.signals.map(signal => watch.observe(signal, Date.parse(signal.time)))
  const meant = ({ trigger }: { trigger: string }) => test.trigger === undefined || trigger === test.trigger
  const firings = verdicts.flatMap(verdict => verdict.firings.filter(meant))
  const problems = verdicts.flatMap(verdict => verdict.problems.filter(meant))
  const flaw = flawOf(test, firings, problems, read.signals.length)
  const fired = firings.map(({ trigger, why, inputs }) => ({ trigger, why, inputs }))
  if (flaw === undefined) return { name, ok: true, fired }
  const explained = explainedEvents(playbook, test, read.signals, baseline)
  return { name, ok: false, why: flaw, fired, explained }
}

/** Each event with the trigger that is meant and those that it waits for; with all triggers if the test names none. */
function explainedEvents(
  playbook: Playbook,
  test: PlaybookTest,
  signals: readonly Signal[],
  baseline: Baseline,
): ExplainedEvent[] {
  const { triggers = [] } = playbook
  const meant = triggers.filter(({ name }) => test.trigger === undefined || name === test.trigger)
  const names = new Set(meant.flatMap(({ name, correlate }) => [name, ...(correlate?.rules ?? [])]))
  return signals.slice(0, MOST_EXPLAINED).map(event => ({
    event,
    triggers: explainedTriggers(playbook, event, baseline).filter(({ trigger }) => names.has(trigger)),
  }))
}

function flawOf(
  { fires, inputs = {} }: PlaybookTest,
  firings: readonly Firing[],
  problems: readonly TriggerProblem[],
  events: number,
): string | undefined {
  const [problem] = problems
  if (firings.length === 0 && problem !== undefined) return `trigger ${problem.trigger}: ${problem.message}`
  if (firings.length === 0) {
    if (!fires) return undefined
    return events === 0 ? 'no trigger fired: its records hold no event' : 'no trigger fired'
  }
  if (!fires) return `trigger ${firings[0]?.trigger ?? ''} fired: ${firings[0]?.why ?? ''}`
  const wanted = Object.entries(inputs)
  const fits = firings.some(firing => wanted.every(([name, value]) => same(firing.inputs[name], value)))
  if (fits) return undefined
  const [last] = firings.slice(-1)
  const wrong = wanted.find(([name, value]) => !same(last?.inputs[name], value))
  const got = last?.inputs[wrong?.[0] ?? '']
  const shown = got === undefined ? 'missing' : JSON.stringify(got)
  return `input '${wrong?.[0] ?? ''}' is ${shown}, not ${JSON.stringify(wrong?.[1])}`
}

async function signalsIn(
  playbook: Playbook,
  records: readonly Json[],
  options: RecordReading,
): Promise<{ signals: Signal[] } | { flaw: string }> {
  const signals: Signal[] = []
  for (const record of records) {
    const given = typeof record === 'string' ? await recordFile(playbook.file, record) : record
    const reading = await options.reader.signalsOf(given, options)
    if (reading.poison !== undefined) return { flaw: `a record cannot be read: ${reading.poison.reason}` }
    signals.push(...reading.signals)
  }
  return { signals }
}

/** A file next to the playbook or below: a playbook of somebody else has no business with the others. */
async function recordFile(playbook: string, name: string): Promise<Buffer> {
  const relative = normalize(name)
  if (isAbsolute(relative) || relative.split(sep).includes('..')) {
    throw new Fault('usage', `${JSON.stringify(name)} is not in the folder of the playbook`, {
      where: playbook,
    })
  }
  const file = join(dirname(playbook), relative)
  const inside = bytesInside(file)
  if (inside) return inside
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Fault('usage', `${JSON.stringify(file)} is not a file`)
    if (found.size > MOST_BYTES) throw new Fault('usage', `${JSON.stringify(file)} is larger than 1 MiB`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new Fault('usage', `cannot read ${JSON.stringify(file)}: ${code}`, { where: playbook })
  }
}
