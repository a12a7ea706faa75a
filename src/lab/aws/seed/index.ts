export { SEED_PAGE_SIZE, seedEstate } from './estate.ts'
export { ACCOUNT, LEAKED_KEY, MANAGEMENT_ACCOUNT, VENDOR_ACCOUNT } from './ids.ts'
export { largeEstate } from './large.ts'
export { GUARD_ROLE } from './organization.ts'
