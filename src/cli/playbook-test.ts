import { clouds } from '../clouds/index.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { testPlaybooks as test } from '../toolkit/playbook-tests.ts'
import type { PlaybookTestResult } from '../toolkit/results/playbooks.ts'
import type { Reading } from '../toolkit/watch/reading.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { playbookTestsText } from '../ui/playbook-tests.ts'
import { exitOfTests } from './exit-code.ts'
import { exitWith, print } from './terminal.ts'

/** `playbook test`: runs the tests of playbooks and prints them. */
export async function testPlaybooks(
  given: readonly string[],
  { json, ...reading }: { json: boolean } & Reading,
): Promise<void> {
  const playbooks = await test({ clouds }, given, reading)
  await print(
    json
      ? jsonText({ playbooks } satisfies PlaybookTestResult)
      : playbookTestsText(playbooks, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
  exitWith(exitOfTests(playbooks.flatMap(({ tests }) => tests.map(({ ok }) => ok))))
}
