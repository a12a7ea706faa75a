import { gcpCredentials } from '../cases/gcp-credentials.ts'
import { crashSuite } from '../system/crash/suite.ts'

crashSuite('Google Cloud, credentials and pools', gcpCredentials)
