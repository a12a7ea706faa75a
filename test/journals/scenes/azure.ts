import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const SCOPE = 'azure: { subscriptions: [all] }'
const PRODUCTION = '/subscriptions/74fbdd5a-f232-4e93-a451-ac34aee3955c'
const DOCS_DEPLOY = '0946cca8-d95e-4fbc-80ee-65098674b6c5'

const CREDENTIALS = playbook('credentials-azure', SCOPE, [
  { select: named('application', DOCS_DEPLOY), interrupt: '[disable]' },
  {
    select: named('application', 'f6dbdab3-af12-412e-ae59-e7c818e90379'),
    interrupt: '[{ azure.application.disable: { allTenants: true } }]',
  },
  {
    select: `identity.kind == "federated-credential" && (identity.objectId == "${DOCS_DEPLOY}" || identity.name.endsWith("/runners-main"))`,
    interrupt: '[disable]',
  },
  {
    select: named('certificate', '2db8ed58-c459-43e1-9017-2c4523877399/c695a437-c40e-4213-b7b7-02d5b386d98e'),
    interrupt: '[disable]',
  },
  { select: named('storage-account', 'stacmeledger', 'stacmelogs'), interrupt: '[constrain]' },
])

const PRINCIPALS = playbook('principals-azure', SCOPE, [
  {
    select: named(
      'service-principal',
      'a4d2e51e-2358-4a74-a630-98bd9bd39371',
      '7b4ecf25-114e-46e4-85fd-608c6dd4d16d',
    ),
    interrupt: '[quarantine, disable, gate, detach]',
  },
  {
    select: named('service-principal', 'df82af2d-4e89-4a7f-9fbd-bda84fcb2688'),
    interrupt: '[quarantine, disable, detach]',
  },
  {
    select: named(
      'managed-identity',
      '6148cc17-9ea9-4951-a053-f2b06e2b9824',
      '6cbdf508-324b-4600-9afe-66020b120376',
    ),
    interrupt: '[quarantine, disable, detach]',
  },
])

const PARTLY = playbook('partly-azure', SCOPE, [
  {
    select: named(
      'service-principal',
      '15368e9e-4b7e-49f3-91e9-7c84cd89c1fa',
      'd81bfc8b-5c90-4437-81f1-974a7d675854',
    ),
    interrupt: `[{ quarantine: { scopes: ["${PRODUCTION}/resourceGroups/rg-payments"] } }, disable]`,
  },
])

export async function recordAzure(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['azure'] })
  await at.contain('complete', CREDENTIALS)
  await at.contain('complete', PRINCIPALS)
  const run = await at.contain('partly-restored', PARTLY)
  await at.lead([
    ...['restore', run, '--yes', '--accept-live-tokens', '--reason', 'one of them is known'],
    ...['--only', '15368e9e-4b7e-49f3-91e9-7c84cd89c1fa'],
  ])
  await at.save()
  await at.close()
}
