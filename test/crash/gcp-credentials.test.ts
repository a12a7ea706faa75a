import { gcpCredentials } from '../cases/gcp-credentials.ts'
import { crashSuite } from './suite.ts'

crashSuite('Google Cloud, credentials and pools', gcpCredentials)
