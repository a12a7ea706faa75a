import { gcpCase } from '../cases/gcp.ts'
import { crashSuite } from '../system/crash/suite.ts'

crashSuite('Google Cloud', () => gcpCase())
