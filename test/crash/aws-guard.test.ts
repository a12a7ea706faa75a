import { onlyUsers, USER } from '../cases/aws.ts'
import { awsGuardCase } from '../cases/aws-guard.ts'
import { deathSuite } from './suite.ts'

deathSuite('AWS guard', () => awsGuardCase(onlyUsers(USER, 'billing-export')), 2)
