import { string } from '@oclif/core/flags'
import { SCOPE_FLAGS } from '../toolkit/scope-settings.ts'

/** Several values: the flag repeated, or one list joined by commas. */
const many = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const

const all = Object.values(SCOPE_FLAGS).map(({ flag, title, ...of }) => {
  const { summary, helpValue } = of
  const shown = { summary, helpValue, helpGroup: title.toUpperCase() }
  return { flag, entry: of.entry, parsed: of.many ? string({ ...shown, ...many }) : string(shown) }
})

/** Where to look, in place of the playbook's scope; what is used is recorded in the run. */
export const scopeFlags: object = Object.fromEntries(all.map(({ flag, parsed }) => [flag, parsed]))

/** How accounts other than the caller's own are entered. */
export const entryFlags: object = Object.fromEntries(
  all.filter(({ entry }) => entry).map(({ flag, parsed }) => [flag, parsed]),
)
