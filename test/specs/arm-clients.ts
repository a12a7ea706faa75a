import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import { type OperationSpec, operationsOf } from './arm.ts'

/** The operations of Azure's generated clients that describe what we call. */
export function armOperations(): OperationSpec[] {
  const nobody = { getToken: () => Promise.resolve(null) }
  const clients = [
    new AuthorizationManagementClient(nobody, 'subscription'),
    new ManagedServiceIdentityClient(nobody, 'subscription'),
    new ResourceGraphClient(nobody),
    new SubscriptionClient(nobody),
  ]
  return clients.flatMap(client => operationsOf(client))
}
