export { SEED_PAGE_SIZE, seedEstate } from './estate.ts'
export { ACCOUNT, LEAKED_KEY, VENDOR_ACCOUNT } from './ids.ts'
export { largeEstate } from './large.ts'
