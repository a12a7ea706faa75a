export { seedAzure } from './estate.ts'
export {
  appId,
  BACKUP_IDENTITY,
  BACKUP_MACHINE,
  guid,
  ORDERS_SITE,
  objectId,
  RUNNER_IDENTITY,
  SUBSCRIPTIONS,
  secretOf,
  TENANT,
  VAULT,
} from './ids.ts'
export { largeAzure } from './large.ts'
