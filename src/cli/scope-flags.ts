import { string } from '@oclif/core/flags'
import { clouds } from '../clouds/index.ts'
import { sourceForms } from '../sources/forms.ts'
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

/** How `watch` names the flag of the tenant in its help. */
export const tenantHelp = {
  helpGroup: SCOPE_FLAGS.tenant.title.toUpperCase(),
  helpValue: SCOPE_FLAGS.tenant.helpValue,
}

/** The forms of `--source`, for help texts. */
export const sourceHelp = sourceForms(clouds.flatMap(({ queues = [] }) => queues))

/** The forms of `--into` in clouds, for help texts. */
export const destinationHelp = clouds.flatMap(({ destinations = [] }) => destinations).join(', ')
