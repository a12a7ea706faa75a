import { gcpCredentials } from '../cases/gcp-credentials.ts'
import { faultSuite } from './suite.ts'

faultSuite('Google Cloud, credentials and pools', gcpCredentials, 12)
