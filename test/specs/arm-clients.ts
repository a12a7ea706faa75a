import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import { type OperationSpec, operationsOf } from './arm.ts'
import type { Mapper } from './arm-mapper.ts'

/** The operations of Azure's generated clients that describe what we call. */
export function armOperations(): OperationSpec[] {
  const nobody = { getToken: () => Promise.resolve(null) }
  const clients = [
    new AuthorizationManagementClient(nobody, 'subscription'),
    new ManagedServiceIdentityClient(nobody, 'subscription'),
    new ResourceGraphClient(nobody),
    new SubscriptionClient(nobody),
  ]
  const specs = clients.flatMap(client => operationsOf(client))
  amend(specs)
  return specs
}

/** Where the services are known to be otherwise than these versions of their clients say. */
const AMENDED: readonly (readonly [className: string, member: string, mapper: Mapper])[] = [
  // "Deny assignments": new with the version of the API that makes them.
  ['DenyAssignment', 'denyAssignmentEffect', textAt('properties.denyAssignmentEffect')],
  // Since version 2022-05-01-preview (`Permission`).
  ['Permission', 'condition', textAt('condition')],
  ['Permission', 'conditionVersion', textAt('conditionVersion')],
  // "Subscriptions - List": the last page has no link to a next one.
  ['SubscriptionListResult', 'nextLink', textAt('nextLink')],
  // "Resources - Resources": rows as objects come in a list (`resultFormat: objectArray`).
  ['QueryResponse', 'data', { serializedName: 'data', required: true, type: rows() }],
]

function textAt(serializedName: string): Mapper {
  return { serializedName, type: { name: 'String' } }
}

function rows(): Mapper['type'] {
  return { name: 'Sequence', element: { type: { name: 'Dictionary', value: { type: { name: 'any' } } } } }
}

function amend(specs: readonly OperationSpec[]): void {
  for (const [className, member, mapper] of AMENDED) {
    const models = specs.map(({ serializer }) => serializer.modelMappers?.[className] as Mapper | undefined)
    const model = models.find(each => each !== undefined)
    if (!model) throw new TypeError(`the clients have no ${className}`)
    Object.assign(model.type.modelProperties ?? {}, { [member]: mapper })
  }
}
