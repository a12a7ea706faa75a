export { type Mapping, parseMappings } from './formats/mapping.ts'
export type { TokenIssuer, TokenOptions } from './formats/security-event-token.ts'
export { type Reading, type SignalOptions, signalsOf } from './read.ts'
