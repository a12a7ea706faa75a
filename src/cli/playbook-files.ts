import { checkPlaybook, parsePlaybook } from '../model/playbook/parse.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { playbookSource, shippedNames } from '../toolkit/playbooks.ts'
import type {
  PlaybookListResult,
  PlaybookResult,
  PlaybookValidateResult,
} from '../toolkit/results/playbooks.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { playbooksText, problemsText } from '../ui/playbook.ts'
import { exitWith, print } from './terminal.ts'

export async function listPlaybooks({ json }: { json: boolean }): Promise<void> {
  const catalog = catalogOf(await providersOf())
  const playbooks = []
  for (const name of await shippedNames()) {
    const { source, file } = await playbookSource(name)
    playbooks.push(parsePlaybook(source, file, catalog))
  }
  if (!json)
    return await print(playbooksText(playbooks, await pageOf(process.stdout, { now: timestamp(REAL) })))
  await print(
    jsonText({
      playbooks: playbooks.map(({ name, title, status, severity, references, inputs, file }) => ({
        name,
        title,
        status,
        severity,
        references,
        inputs: Object.keys(inputs),
        file,
      })),
    } satisfies PlaybookListResult),
  )
}

export async function showPlaybook(given: string, { json }: { json: boolean }): Promise<void> {
  const { source, file } = await playbookSource(given)
  if (!json) return await print(source)
  await print(jsonText(parsePlaybook(source, file, catalogOf(await providersOf())) satisfies PlaybookResult))
}

export async function validatePlaybooks(
  files: readonly string[],
  { json }: { json: boolean },
): Promise<void> {
  const catalog = catalogOf(await providersOf())
  const checked = []
  for (const given of files) {
    const { source, file, garbled } = await playbookSource(given)
    const { problems, playbook } = garbled
      ? { problems: [garbled], playbook: undefined }
      : checkPlaybook(source, file, catalog)
    checked.push({ file, ok: playbook !== undefined, problems })
  }
  await print(
    json
      ? jsonText({ files: checked } satisfies PlaybookValidateResult)
      : problemsText(checked, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
  if (checked.some(({ ok }) => !ok)) exitWith('usage')
}
