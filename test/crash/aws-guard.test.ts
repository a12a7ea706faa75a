import { awsGuardCase } from '../cases/aws-guard.ts'
import { crashSuite } from './suite.ts'

crashSuite('AWS guard', () => awsGuardCase())
