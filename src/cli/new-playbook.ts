import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clouds } from '../clouds/index.ts'
import { SCHEMA_FILE } from '../model/playbook/template.ts'
import { createOnce } from '../store/files.ts'
import { shippedText } from '../store/shipped-files.ts'
import { type NewPlaybookRequest, startersOf, writePlaybook } from '../toolkit/new-playbook.ts'
import { writeNew } from '../toolkit/plan-file.ts'
import type { PlaybookNewResult } from '../toolkit/results/playbooks.ts'
import { jsonText } from '../ui/json.ts'
import { askText, choose } from './ask.ts'
import { canAsk, print, tell } from './terminal.ts'

interface NewFlags extends Omit<NewPlaybookRequest, 'file'> {
  out?: string | undefined
  json: boolean
}

/** `playbook new`: asks for what no flag says, where there is a terminal, and writes the playbook with the schema beside it. */
export async function createPlaybook({ out, json, ...flags }: NewFlags): Promise<void> {
  const file = out === '-' ? undefined : (out ?? `${flags.name}.yaml`)
  const asked = !json && canAsk() && flags.kind === undefined && flags.record === undefined
  const request = { ...flags, ...(asked ? await answers() : {}), file }
  const source = await writePlaybook(clouds, request)
  const { name } = flags
  if (file === undefined) {
    return await print(json ? jsonText({ name, source } satisfies PlaybookNewResult) : source)
  }
  await writeNew(file, source)
  await placeSchema(dirname(file))
  if (json) return await print(jsonText({ name, file } satisfies PlaybookNewResult))
  tell(`${file} written, with a trigger and a test; check it with:`)
  tell(`  interdict playbook validate ${file}`)
  tell(`  interdict playbook test ${file}`)
}

/** The record comes first: it answers the other question. */
async function answers(): Promise<Pick<NewFlags, 'kind' | 'record'>> {
  const record = (
    await askText('A file with a log record that has to start it (empty: an example)', () => undefined)
  ).trim()
  if (record !== '') return { record }
  const starters = await startersOf(clouds)
  const kind = await choose(
    'Which identities does it stop?',
    starters.map(each => ({ name: `${each.kind} (${each.cloud})`, value: each.kind })),
  )
  return { kind }
}

/** Writes the schema for editors beside the playbook. One that is there stays; an older one is named. */
async function placeSchema(folder: string): Promise<void> {
  const path = join(folder, SCHEMA_FILE)
  const schema = shippedText(`playbooks/${SCHEMA_FILE}`)
  if (await createOnce(path, schema)) return
  if ((await readFile(path, 'utf8').catch(() => schema)) === schema) return
  tell(`${path} is of another version; for the completion of this one, delete it and run this again`)
}
