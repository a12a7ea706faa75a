import { randomUUID } from 'node:crypto'
import type { Shown } from '../odata.ts'
import type { FederatedCredential } from '../store.ts'
import type { Found } from '../wire.ts'
import { theApplication } from './objects.ts'
import {
  bad,
  type GraphCall,
  type GraphRoute,
  notFound,
  one,
  page,
  READ_APPLICATIONS,
  textOf,
  WRITE_APPLICATIONS,
  within,
} from './route.ts'

/** Each application and managed identity takes so many (Microsoft Entra documentation, "Important considerations"). */
const MOST = 20

function shown(
  { application: _, claimsMatchingExpression, ...rest }: FederatedCredential,
  beta: boolean,
): Shown {
  return beta ? { ...rest, claimsMatchingExpression } : rest
}

function all(call: GraphCall): FederatedCredential[] {
  const { id } = theApplication(call)
  return [...within(call.estate.federatedCredentials, `${id}/`, undefined, call.view)].map(([, each]) => each)
}

/** By id or by name: both stand in the same place. */
function the(call: GraphCall): FederatedCredential {
  const wanted = call.params['name'] ?? call.params['id2'] ?? ''
  const found = all(call).find(({ id, name }) => id === wanted || name === wanted)
  if (found === undefined) throw notFound(wanted)
  return found
}

function save({ estate }: GraphCall, credential: FederatedCredential): void {
  estate.federatedCredentials.set(`${credential.application}/${credential.id}`, credential)
}

function read(
  { body, beta }: GraphCall,
  from: Partial<FederatedCredential>,
): Omit<FederatedCredential, 'id' | 'application'> {
  const merged = { ...from, ...body } as Partial<FederatedCredential>
  const expression = beta
    ? (merged.claimsMatchingExpression ?? null)
    : (from.claimsMatchingExpression ?? null)
  const { audiences, subject = null, description = null } = merged
  if (!Array.isArray(audiences) || audiences.length !== 1)
    throw bad('Property audiences should have one value.')
  if ((subject === null) === (expression === null)) {
    throw bad('Either subject or claimsMatchingExpression has to be set, and not both.')
  }
  return {
    name: textOf({ ...merged }, 'name'),
    issuer: textOf({ ...merged }, 'issuer'),
    subject,
    audiences,
    description,
    claimsMatchingExpression: expression,
  }
}

function add(call: GraphCall, name?: string): Found {
  const application = theApplication(call)
  const others = all({ ...call, view: 'now' })
  const made = read({ ...call, body: name === undefined ? call.body : { ...call.body, name } }, {})
  if (others.length >= MOST) {
    throw bad(`Maximum number of federated identity credentials ${MOST} reached.`)
  }
  if (others.some(each => each.name === made.name)) {
    throw bad(`FederatedIdentityCredential with name ${made.name} already exists.`)
  }
  const same = (each: FederatedCredential) =>
    each.issuer === made.issuer &&
    each.subject === made.subject &&
    each.claimsMatchingExpression?.value === made.claimsMatchingExpression?.value
  if (others.some(same)) throw bad('FederatedIdentityCredential with this issuer and subject already exists.')
  const credential = { id: randomUUID(), application: application.id, ...made }
  save(call, credential)
  return { status: 201, body: shown(credential, call.beta) }
}

function change(call: GraphCall): Found {
  const before = the(call)
  const { name, ...body } = call.body
  if (name !== undefined && name !== before.name) throw bad('Property name is read-only.')
  save(call, { ...before, ...read({ ...call, body }, before) })
  return {}
}

const base = '/applications/{id}/federatedIdentityCredentials'
const remove = (call: GraphCall) => {
  const { application, id } = the(call)
  call.estate.federatedCredentials.delete(`${application}/${id}`)
  return {}
}
const get = (call: GraphCall) => one(call, 'federatedIdentityCredential', shown(the(call), call.beta))

export const federatedCredentials: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: base,
    permissions: READ_APPLICATIONS,
    run: call => {
      const { id } = theApplication(call)
      return page(call, {
        type: 'federatedIdentityCredential',
        *after(marker) {
          for (const [key, each] of within(call.estate.federatedCredentials, `${id}/`, marker, call.view)) {
            yield [key, shown(each, call.beta)]
          }
        },
      })
    },
  },
  { method: 'POST', template: base, permissions: WRITE_APPLICATIONS, writes: true, run: call => add(call) },
  { method: 'GET', template: `${base}/{id}`, permissions: READ_APPLICATIONS, run: get },
  { method: 'GET', template: `${base}(name={name})`, permissions: READ_APPLICATIONS, run: get },
  { method: 'PATCH', template: `${base}/{id}`, permissions: WRITE_APPLICATIONS, writes: true, run: change },
  {
    method: 'PATCH',
    template: `${base}(name={name})`,
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const name = call.params['name'] ?? ''
      const there = all({ ...call, view: 'now' }).some(each => each.name === name)
      if (there || call.headers['prefer'] !== 'create-if-missing') return change(call)
      return add(call, name)
    },
  },
  { method: 'DELETE', template: `${base}/{id}`, permissions: WRITE_APPLICATIONS, writes: true, run: remove },
  {
    method: 'DELETE',
    template: `${base}(name={name})`,
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: remove,
  },
]
