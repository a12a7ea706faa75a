export { parseMappings } from './formats/mapping.ts'
export type { TokenIssuer } from './formats/security-event-token.ts'
export { type SignalOptions, signalsOf } from './read.ts'
export { parseTokenIssuers } from './token-issuers.ts'
