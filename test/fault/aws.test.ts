import { awsCase, onlyUsers, USER } from '../cases/aws.ts'
import { faultSuite } from './suite.ts'

faultSuite('AWS', () => awsCase(onlyUsers(USER, 'billing-export')), 16)
