import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Firing } from '../model/firing.ts'
import { type Json, same } from '../model/json.ts'
import type { Playbook, PlaybookTest } from '../model/playbook/playbook.ts'
import type { Signal } from '../model/signal.ts'
import { type SignalOptions, signalsOf } from '../signals/index.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { readPlaybook } from '../toolkit/playbooks.ts'
import type { PlaybookTestResult } from '../toolkit/results/playbooks.ts'
import { type Reading, readingOf } from '../toolkit/watch/judge.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { playbookTestsText, type TestedPlaybook, type TestResult } from '../ui/playbook-tests.ts'
import { Baseline, Evaluator, type TriggerProblem } from '../watch/index.ts'
import { exitWith, print } from './terminal.ts'

const MOST_BYTES = 1024 * 1024

export async function testPlaybooks(
  given: readonly string[],
  { json, ...reading }: { json: boolean } & Reading,
): Promise<void> {
  const options = await readingOf(reading)
  const catalog = catalogOf(await providersOf())
  const tested: TestedPlaybook[] = []
  for (const each of given) {
    const playbook = await readPlaybook(each, catalog)
    tested.push({
      name: playbook.name,
      file: playbook.file,
      tests: await runPlaybookTests(playbook, options),
    })
  }
  if (tested.every(({ tests }) => tests.length === 0)) {
    throw new Fault('usage', `${given.length === 1 ? 'the playbook has' : 'these playbooks have'} no tests`, {
      next: 'add tests: [{ name, event, fires }] next to its triggers',
    })
  }
  await print(
    json
      ? jsonText({ playbooks: tested } satisfies PlaybookTestResult)
      : playbookTestsText(tested, await pageOf(process.stdout)),
  )
  if (tested.some(({ tests }) => tests.some(({ ok }) => !ok))) exitWith('incomplete')
}

/** Runs the tests that stand in a playbook, each with a watch of its own. */
export async function runPlaybookTests(
  playbook: Playbook,
  options: SignalOptions = {},
): Promise<TestResult[]> {
  const results: TestResult[] = []
  for (const test of playbook.tests ?? []) results.push(await runTest(playbook, test, options))
  return results
}

async function runTest(playbook: Playbook, test: PlaybookTest, options: SignalOptions): Promise<TestResult> {
  const { name } = test
  const baseline = new Baseline()
  const learned = await signalsIn(playbook, test.learned, options)
  if ('flaw' in learned) return { name, ok: false, why: learned.flaw, fired: [] }
  for (const signal of learned.signals) baseline.learn(signal)
  const read = await signalsIn(playbook, test.events, options)
  if ('flaw' in read) return { name, ok: false, why: read.flaw, fired: [] }
  const watch = new Evaluator([playbook], { baseline })
  const verdicts = read.signals.map(signal => watch.observe(signal, Date.parse(signal.time)))
  const meant = ({ trigger }: { trigger: string }) => test.trigger === undefined || trigger === test.trigger
  const firings = verdicts.flatMap(verdict => verdict.firings.filter(meant))
  const problems = verdicts.flatMap(verdict => verdict.problems.filter(meant))
  const flaw = flawOf(test, firings, problems)
  const fired = firings.map(({ trigger, why, inputs }) => ({ trigger, why, inputs }))
  return { name, ok: flaw === undefined, ...(flaw === undefined ? {} : { why: flaw }), fired }
}

function flawOf(
  { fires, inputs = {} }: PlaybookTest,
  firings: readonly Firing[],
  problems: readonly TriggerProblem[],
): string | undefined {
  const [problem] = problems
  if (firings.length === 0 && problem !== undefined) return `trigger ${problem.trigger}: ${problem.message}`
  if (firings.length === 0) return fires ? 'no trigger fired' : undefined
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
  options: SignalOptions,
): Promise<{ signals: Signal[] } | { flaw: string }> {
  const signals: Signal[] = []
  for (const record of records) {
    const given = typeof record === 'string' ? await recordFile(playbook.file, record) : record
    const reading = await signalsOf(given, options)
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
