export type { AgeLimit } from './age.ts'
export { parseMappings } from './formats/mapping.ts'
export type { TokenIssuer } from './formats/security-event-token.ts'
export {
  AWS_FORMATS,
  AZURE_FORMATS,
  GATE,
  GCP_FORMATS,
  OCSF,
  type Provenance,
  TOKEN,
} from './provenance.ts'
export { type SignalOptions, signalsOf } from './read.ts'
export { parseTokenIssuers } from './token-issuers.ts'
