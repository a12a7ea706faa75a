import type { Application } from '../store.ts'
import { allow } from './app-management.ts'
import {
  APPLICATION_WRITABLE,
  objects,
  patched,
  selectsKeys,
  shownWithCredentials,
  theApplication,
  withoutPassword,
} from './objects.ts'
import {
  bad,
  type GraphCall,
  type GraphRoute,
  notFound,
  one,
  page,
  READ_APPLICATIONS,
  referenceOf,
  WRITE_APPLICATIONS,
} from './route.ts'

function save({ estate }: GraphCall, application: Application): void {
  estate.applications.set(application.id, application)
}

const get = (call: GraphCall) =>
  one(call, 'application', shownWithCredentials(theApplication(call), selectsKeys(call)))

const update = (call: GraphCall) => {
  const before = theApplication(call)
  const application = patched(before, call.body, APPLICATION_WRITABLE)
  for (const added of application.keyCredentials.filter(each => !before.keyCredentials.includes(each)))
    allow(call.estate, 'applications', before, 'keyCredentials', added)
  save(call, application)
  reflect(call, application)
  return {}
}

/** The principal shows whether its application is deactivated. */
function reflect({ estate, body }: GraphCall, { appId, isDisabled }: Application): void {
  const principal = estate.servicePrincipalOf(appId)
  if (!('isDisabled' in body) || principal === undefined) return
  estate.servicePrincipals.set(principal.id, { ...principal, isDisabled })
}

export const applications: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: '/applications',
    permissions: READ_APPLICATIONS,
    run: call =>
      page(call, {
        type: 'application',
        *after(marker) {
          for (const [key, each] of call.estate.applications.after(marker, call.view)) {
            yield [key, shownWithCredentials(each, false)]
          }
        },
      }),
  },
  { method: 'GET', template: '/applications/{id}', permissions: READ_APPLICATIONS, run: get },
  { method: 'GET', template: '/applications(appId={value})', permissions: READ_APPLICATIONS, run: get },
  {
    method: 'PATCH',
    template: '/applications/{id}',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: update,
  },
  {
    method: 'PATCH',
    template: '/applications(appId={value})',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    owned: call => theApplication(call).id,
    run: update,
  },
  {
    method: 'GET',
    template: '/applications/{id}/owners',
    permissions: READ_APPLICATIONS,
    run: call => {
      const { owners } = theApplication(call)
      return page(call, { type: 'directoryObject', after: marker => objects(call.estate, owners, marker) })
    },
  },
  {
    method: 'POST',
    template: '/applications/{id}/owners/$ref',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const application = theApplication(call)
      const owner = referenceOf(call.body)
      if (application.owners.includes(owner)) {
        throw bad(
          "One or more added object references already exist for the following modified properties: 'owners'.",
        )
      }
      save(call, { ...application, owners: [...application.owners, owner] })
      return {}
    },
  },
  {
    method: 'DELETE',
    template: '/applications/{id}/owners/{id}/$ref',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const application = theApplication(call)
      const { id2: owner = '' } = call.params
      if (!application.owners.includes(owner)) throw notFound(owner)
      if (application.owners.length === 1 && call.estate.fixed.users.some(({ id }) => id === owner)) {
        throw bad('The last owner of the application cannot be removed.')
      }
      save(call, { ...application, owners: application.owners.filter(each => each !== owner) })
      return {}
    },
  },
  {
    method: 'POST',
    template: '/applications/{id}/removePassword',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const application = theApplication(call)
      save(call, { ...application, passwordCredentials: withoutPassword(application, call.body) })
      return {}
    },
  },
]
