import { objectId } from '../../src/lab/azure/seed/index.ts'
import { azureCase } from './azure-case.ts'
import { runsSuite } from './suite.ts'

const select = (names: readonly string[]) =>
  `(identity.kind == "service-principal" || identity.kind == "managed-identity") && identity.name in ${JSON.stringify(names)}`

// Roles with a condition, grants and groups, an agent and its blueprint, another tenant's, managed ones, one that is off.
const names = [
  'billing-export',
  'mail-insights',
  'agent-refunds',
  'support-agents',
  'vendor-sync',
  'id-backup',
  'id-runner',
  'retired-importer',
].map(objectId)

runsSuite('Azure', () => azureCase(), {
  names,
  select,
  uses: ['quarantine', 'disable', 'detach'],
  params: {},
  examples: [
    [
      { names: [objectId('mail-insights')], uses: ['detach'] },
      { names: [objectId('mail-insights')], uses: ['quarantine', 'detach'] },
    ],
  ],
})

runsSuite(
  'Azure without deny assignments',
  () =>
    azureCase(estate => {
      estate.switches.denyAssignments = false
    }),
  {
    names,
    select,
    uses: ['quarantine', 'detach'],
    params: {},
    examples: [
      // Within one run the detach joins the quarantine, which takes the same roles once no deny can be made.
      [{ names: [objectId('vendor-sync')], uses: ['quarantine', 'detach'] }],
      [
        { names: [objectId('billing-export')], uses: ['quarantine', 'detach'] },
        { names: [objectId('billing-export')], uses: ['detach'] },
      ],
    ],
  },
)
