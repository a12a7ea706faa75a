import { randomInt } from 'node:crypto'
import type { Resource } from '../authorize.ts'
import { deleteAccount, undeletable, undeleteAccount } from '../deleted-accounts.ts'
import { GoogleError, invalid, notFound, precondition } from '../google-error.ts'
import { isRecord } from '../policy.ts'
import type { ServiceAccount } from '../store.ts'
import { accountShown } from './accounts.ts'
import { userKeys } from './keys.ts'
import { accountOf, type Call, onAccount, onProject, projectOf, type Route } from './route.ts'

const PATH = 'v1/projects/{project}/serviceAccounts'

/** Characters (REST reference of projects.serviceAccounts). */
const LONGEST = { displayName: 100, description: 256 } as const
type Text = keyof typeof LONGEST

/** IAM v1, projects.serviceAccounts: making, describing, deleting and undeleting. */
export const accountLifecycleRoutes: readonly Route[] = [
  {
    id: 'iam.projects.serviceAccounts.create',
    verb: 'POST',
    path: PATH,
    permissions: ['iam.serviceAccounts.create'],
    resource: onProject,
    writes: true,
    logged: {
      method: 'google.iam.admin.v1.CreateServiceAccount',
      fields: { email: 'email', name: 'name', unique_id: 'uniqueId' },
    },
    run: create,
  },
  {
    id: 'iam.projects.serviceAccounts.patch',
    verb: 'PATCH',
    path: `${PATH}/{account}`,
    permissions: ['iam.serviceAccounts.update'],
    resource: onAccount,
    writes: true,
    run: call => {
      const { serviceAccount, updateMask } = call.body
      if (!isRecord(serviceAccount)) throw invalid('service_account is required.')
      if (typeof updateMask !== 'string' || updateMask === '') throw invalid('update_mask is required.')
      const account = { ...accountOf(call) }
      for (const field of updateMask.split(',')) {
        const name = field.trim().replace('display_name', 'displayName')
        if (name !== 'displayName' && name !== 'description') {
          throw invalid(`Invalid field in update_mask: ${field}`)
        }
        account[name] = text(serviceAccount, name)
      }
      call.world.estate.saveAccount(account)
      return accountShown(account)
    },
  },
  {
    id: 'iam.projects.serviceAccounts.delete',
    verb: 'DELETE',
    path: `${PATH}/{account}`,
    permissions: ['iam.serviceAccounts.delete'],
    resource: onAccount,
    writes: true,
    run: call => {
      const { estate } = call.world
      const account = accountOf(call)
      deleteAccount(estate, account, userKeys(estate, account, 'now'), call.now)
      return {}
    },
  },
  {
    id: 'iam.projects.serviceAccounts.undelete',
    verb: 'POST',
    path: `${PATH}/{account}:undelete`,
    permissions: ['iam.serviceAccounts.undelete'],
    resource: onDeleted,
    writes: true,
    run: call => {
      const { estate } = call.world
      const uniqueId = call.path['account'] ?? ''
      const deleted = undeletable(estate, uniqueId, call.now)
      if (deleted === undefined) throw notFound(`Unknown service account: ${uniqueId}`)
      if (estate.account(deleted.email) !== undefined) {
        throw precondition(`A service account with the name ${deleted.email} exists already.`)
      }
      undeleteAccount(estate, uniqueId)
      return { restoredAccount: accountShown(deleted) }
    },
  },
]

function create(call: Call): object {
  const { estate } = call.world
  const { id: project } = projectOf(call)
  const { accountId, serviceAccount = {} } = call.body
  if (typeof accountId !== 'string' || !/^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/.test(accountId)) {
    throw invalid('The account ID does not match the pattern [a-z]([-a-z0-9]*[a-z0-9]), 6 to 30 characters.')
  }
  if (!isRecord(serviceAccount)) throw invalid('Invalid value at service_account.')
  const constraint = 'iam.disableServiceAccountCreation'
  const rules = estate.constraint(`projects/${project}`, constraint)?.rules ?? []
  if (rules.some(({ enforce }) => enforce === true)) {
    throw precondition('Service account creation is not allowed on this project.', [
      {
        type: `constraints/${constraint}`,
        subject: `projects/${project}`,
        description: 'Service account creation is not allowed on this project.',
      },
    ])
  }
  const email = `${accountId}@${project}.iam.gserviceaccount.com`
  if (estate.account(email) !== undefined) {
    throw new GoogleError(
      'ALREADY_EXISTS',
      `Service account ${accountId} already exists within project projects/${project}.`,
    )
  }
  const account: ServiceAccount = {
    project,
    email,
    uniqueId: uniqueId(),
    displayName: text(serviceAccount, 'displayName'),
    description: text(serviceAccount, 'description'),
    disabled: false,
  }
  estate.saveAccount(account)
  return accountShown(account)
}

/** 21 digits that begin with 1, as Google's do. */
function uniqueId(): string {
  const digits = Array.from({ length: 20 }, () => randomInt(10))
  return `1${digits.join('')}`
}

function text(from: { readonly [member: string]: unknown }, name: Text): string {
  const value = from[name] ?? ''
  if (typeof value !== 'string' || Buffer.byteLength(value) > LONGEST[name]) {
    throw invalid(`Invalid value at service_account.${name}: at most ${LONGEST[name]} bytes.`)
  }
  return value
}

/** An account that is gone is asked about on its project. */
function onDeleted(call: Call): Resource {
  const { world, path } = call
  if (path['project'] !== '-') return onProject(call)
  const project = undeletable(world.estate, path['account'] ?? '', call.now)?.project
  if (project === undefined) throw new GoogleError('PERMISSION_DENIED', 'The caller does not have permission')
  return onProject({ ...call, path: { ...path, project } })
}
