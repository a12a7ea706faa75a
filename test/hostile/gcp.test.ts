import { gcpCase } from '../cases/gcp.ts'
import { gcpHostile } from '../cases/gcp-hostile.ts'
import { looksSuite } from './looks-suite.ts'
import { namesSuite } from './names-suite.ts'

looksSuite('Google Cloud', () => gcpCase())
namesSuite('Google Cloud', gcpHostile)
