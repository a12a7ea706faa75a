import { gcpCase } from '../cases/gcp.ts'
import { crashSuite } from './suite.ts'

crashSuite('Google Cloud', () => gcpCase())
