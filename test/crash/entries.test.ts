import { awsCase } from '../cases/aws.ts'
import { entriesSuite } from './entries-suite.ts'

entriesSuite('AWS', () => awsCase())
