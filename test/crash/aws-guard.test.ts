import { awsGuardCase } from '../cases/aws-guard.ts'
import { deathSuite } from './suite.ts'

deathSuite('AWS guard', () => awsGuardCase())
