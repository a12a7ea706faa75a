export { seedAzure } from './estate.ts'
export {
  appId,
  BACKUP_IDENTITY,
  BACKUP_MACHINE,
  GITHUB,
  guid,
  ORDERS_SITE,
  objectId,
  PARTNER_TENANT,
  RUNNER_IDENTITY,
  SUBSCRIPTIONS,
  secretOf,
  TENANT,
  VAULT,
  VENDOR_TENANT,
} from './ids.ts'
export { largeAzure } from './large.ts'
