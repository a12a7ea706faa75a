import { readFile } from 'node:fs/promises'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'

export const providers = await providersOf()

/** A shipped playbook whose triggers act, as in a rehearsal; its text may be changed first. */
export async function shipped(
  name: string,
  change: (source: string) => string = source => source,
): Promise<Playbook> {
  const file = `playbooks/${name}.yaml`
  const playbook = parsePlaybook(change(await readFile(file, 'utf8')), file, catalogOf(providers))
  const triggers = (playbook.triggers ?? []).map(each => ({ ...each, mode: 'act' as const }))
  return { ...playbook, triggers }
}

/** The text without its triggers, and without the tests that need them. */
export function withoutTriggers(source: string): string {
  return source.replace(/^triggers:\n[\s\S]*?^(?=drill:)/m, '')
}
