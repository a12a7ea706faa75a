import { kinds } from '../../src/clouds/azure/kinds/kinds.ts'
import type { AzureEstate } from '../../src/lab/azure/index.ts'
import { guid, objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import { azureCase } from '../cases/azure.ts'
import {
  applicationId,
  certificateId,
  enriched,
  federatedId,
  withoutDenies,
} from '../contract/azure-subjects.ts'
import { isWhole } from '../setup/whole.ts'
import { runsSuite } from './suite.ts'

/** The whole tenant: what is stopped has roles in all of its subscriptions. */
const open = (change: (estate: AzureEstate) => void = () => undefined) => ({
  ...azureCase(estate => {
    enriched(estate)
    change(estate)
  }),
  scope: {},
})
/** Every kind by its name: some are listed only when they are asked for. */
const select = (names: readonly string[]) =>
  `identity.kind in ${JSON.stringify(kinds.map(({ name }) => name))} && identity.name in ${JSON.stringify(names)}`

// Roles with a condition, grants and groups, a directory role, an agent and its blueprint, another tenant's, one that is off.
const principals = [
  'billing-export',
  'mail-insights',
  'identity-automation',
  'iac-pipeline',
  'agent-refunds',
  'support-agents',
  'vendor-sync',
  'retired-importer',
].map(objectId)
const managed = ['id-backup', 'id-runner', 'orders-web'].map(objectId)
/** Applications, and what somebody signs in with. */
const others = [
  ...['mail-insights', 'billing-export', 'ledger-sync', 'saas-product'].map(applicationId),
  `${applicationId('mail-insights')}/${guid('secret mail-insights/stolen')}`,
  certificateId('ledger-sync', 'ledger-2026'),
  certificateId('ledger-sync', 'ledger-2025'),
  federatedId('docs-deploy', 'docs-main'),
  federatedId('shop-deploy', 'any-shop-branch'),
  federatedId('release-bot', 'release-7'),
  `${objectId('id-runner')}/runners-main`,
  'stacmeledger',
  'stacmelogs',
]
const uses = ['quarantine', 'disable', 'gate', 'detach', 'constrain']
const all = [...principals, ...managed, ...others]

runsSuite('Azure', open, {
  names: all,
  select,
  uses,
  all: true,
  params: {
    quarantine: { scopes: [`/subscriptions/${SUBSCRIPTIONS.production}`] },
    gate: { allowLocations: [guid('location office')] },
    detach: { grants: ['azure-roles', 'app-roles', 'groups'] },
  },
  examples: [
    // Everything by everyone: each interruption that there is, held twice.
    [
      { names: all, uses },
      { names: all, uses },
    ],
    [
      { names: principals, uses: ['quarantine', 'detach'] },
      { names: [...managed, ...others], uses: ['disable', 'constrain'] },
      { names: all, uses: ['disable', 'gate'] },
    ],
    // The role that the first takes away could lift the deny of the second.
    [
      { names: [objectId('iac-pipeline')], uses: ['detach'] },
      { names: [objectId('iac-pipeline')], uses: ['quarantine', 'constrain'] },
    ],
  ],
})

// The other rungs, by which a plan goes where the preview feature is missing.
if (isWhole)
  runsSuite('Azure without deny assignments', () => open(withoutDenies), {
    names: [...principals, ...managed],
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
      // It has no role anywhere, and no deny is tried for it a second time.
      [
        { names: [objectId('mail-insights')], uses: ['detach'] },
        { names: [objectId('support-agents')], uses: ['quarantine', 'detach'] },
      ],
    ],
  })
