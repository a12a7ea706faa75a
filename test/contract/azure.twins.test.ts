import { objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { openAzure } from './azure-range.ts'
import { applicationId, federatedId, interruption } from './azure-subjects.ts'
import { twinsSuite } from './twins-suite.ts'

const PRINCIPAL = objectId('vendor-sync')
const NEARLY = objectId('mail-insights')
const GROUP = `/subscriptions/${SUBSCRIPTIONS.production}/resourceGroups/rg-pay`
const LONGER = `${GROUP}ments`
const [ONE, TWO, THEIRS] = [
  '0a0a0a0a-0000-4000-8000-000000000001',
  '0a0a0a0a-0000-4000-8000-000000000002',
  '0a0a0a0a-0000-4000-8000-000000000003',
] as const

/**
 * The same role on resource groups of which one's name begins with the other's, and for another principal; federated
 * credentials of one application with nearly one name.
 */
function twins(estate: AzureEstate): void {
  const [role] = estate.roleAssignments.filter(({ principalId }) => principalId === PRINCIPAL)
  const [credential] = estate.federatedCredentials.filter(
    each => each.application === applicationId('docs-deploy'),
  )
  if (!role || !credential) throw new Error('not the seed')
  estate.roleAssignments.push(
    { ...role, name: ONE, scope: GROUP },
    { ...role, name: TWO, scope: LONGER },
    { ...role, name: THEIRS, scope: GROUP, principalId: NEARLY },
  )
  estate.federatedCredentials.push({
    ...credential,
    id: '0a0a0a0a-0000-4000-8000-000000000004',
    name: 'docs-main-2',
    subject: 'repo:acme/docs:ref:refs/heads/main-2',
  })
}

twinsSuite('Azure', () => openAzure(twins), [
  {
    interruption: interruption('azure.service-principal.detach'),
    name: PRINCIPAL,
    params: { grants: ['azure-roles'], only: [GROUP] },
    takes: [ONE],
    keeps: [TWO, THEIRS],
  },
  {
    interruption: interruption('azure.service-principal.detach'),
    name: PRINCIPAL,
    params: { grants: ['azure-roles'], only: [LONGER] },
    takes: [TWO],
    keeps: [ONE, THEIRS],
  },
  {
    interruption: interruption('azure.federated-credential.disable'),
    name: federatedId('docs-deploy', 'docs-main'),
    takes: [],
    keeps: ['docs-main-2', 'repo:acme/docs:ref:refs/heads/main-2'],
  },
])
