export { seedGcp } from './estate.ts'
export { crowdedGcp, largeGcp } from './large.ts'
