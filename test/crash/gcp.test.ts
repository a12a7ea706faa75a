import { gcpCase } from '../cases/gcp.ts'
import { deathSuite } from './suite.ts'

deathSuite('Google Cloud', () => gcpCase())
