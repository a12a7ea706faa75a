import { gcpCase } from '../cases/gcp.ts'
import { faultSuite } from './suite.ts'

faultSuite('Google Cloud', () => gcpCase(), 16)
