import { createHash } from 'node:crypto'
import { resourceKeys, under } from '../estate.ts'
import { precondition } from '../google-error.ts'
import type { ServiceAccount } from '../store.ts'
import { policyRoutes } from './policies.ts'
import { accountOf, type Call, onAccount, onProject, page, projectOf, type Route } from './route.ts'

const PATH = 'v1/projects/{project}/serviceAccounts'

/** IAM v1, projects.serviceAccounts. */
export const accountRoutes: readonly Route[] = [
  {
    id: 'iam.projects.serviceAccounts.list',
    verb: 'GET',
    path: PATH,
    permissions: ['iam.serviceAccounts.list'],
    resource: onProject,
    run: call => {
      const { world, view } = call
      const prefix = `${projectOf(call).id}/`
      const { items, more } = page(call, marker => under(world.estate.accounts, prefix, marker, view), {
        usual: 20,
        most: 100,
      })
      return { ...(items.length > 0 ? { accounts: items.map(accountShown) } : {}), ...more }
    },
  },
  {
    id: 'iam.projects.serviceAccounts.get',
    verb: 'GET',
    path: `${PATH}/{account}`,
    permissions: ['iam.serviceAccounts.get'],
    resource: onAccount,
    run: call => accountShown(accountOf(call, viewOf(call))),
  },
  {
    id: 'iam.projects.serviceAccounts.disable',
    verb: 'POST',
    path: `${PATH}/{account}:disable`,
    permissions: ['iam.serviceAccounts.disable'],
    resource: onAccount,
    writes: true,
    run: call => turn(call, true),
  },
  {
    id: 'iam.projects.serviceAccounts.enable',
    verb: 'POST',
    path: `${PATH}/{account}:enable`,
    permissions: ['iam.serviceAccounts.enable'],
    resource: onAccount,
    writes: true,
    run: call => {
      if (accountOf(call).disabledByGoogle === true) {
        throw precondition('The service account was disabled by Google and cannot be enabled by this method.')
      }
      return turn(call, false)
    },
  },
  ...policyRoutes({
    id: 'iam.projects.serviceAccounts',
    path: `${PATH}/{account}`,
    permission: 'iam.serviceAccounts',
    asked: 'query',
    on: onAccount,
    key: call => resourceKeys.account(accountOf(call).email),
  }),
]

/** Disabling what is disabled is fine, and changes nothing. */
function turn(call: Call, disabled: boolean): object {
  const { world } = call
  const account = accountOf(call)
  if (account.disabled !== disabled) {
    world.estate.saveAccount({ ...account, disabled })
    if (world.staleReadsAfter > 0) world.staleReads.set(account.email, world.staleReadsAfter)
  }
  return {}
}

/** Reads lag behind writes (IAM, service accounts: "eventually consistent"). */
function viewOf(call: Call): Call['view'] {
  const { staleReads } = call.world
  const { email } = accountOf(call)
  const left = staleReads.get(email) ?? 0
  if (left === 0) return call.view
  if (left === 1) staleReads.delete(email)
  else staleReads.set(email, left - 1)
  return 'stale'
}

export function accountShown({
  project,
  email,
  uniqueId,
  displayName,
  description,
  disabled,
}: ServiceAccount): object {
  return {
    name: `projects/${project}/serviceAccounts/${email}`,
    projectId: project,
    uniqueId,
    email,
    ...(displayName === '' ? {} : { displayName }),
    ...(description === '' ? {} : { description }),
    etag: Buffer.from(createHash('sha256').update(email).digest().subarray(0, 6)).toString('base64'),
    oauth2ClientId: uniqueId,
    ...(disabled ? { disabled } : {}),
  }
}
