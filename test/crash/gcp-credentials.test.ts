import { gcpCredentials } from '../cases/gcp-credentials.ts'
import { deathSuite } from './suite.ts'

deathSuite('Google Cloud, credentials and pools', gcpCredentials, 3)
