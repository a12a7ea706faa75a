import { awsCase } from '../cases/aws.ts'
import { awsHostile } from '../cases/aws-hostile.ts'
import { looksSuite } from './looks-suite.ts'
import { namesSuite } from './names-suite.ts'

looksSuite('AWS', () => awsCase())
namesSuite('AWS', awsHostile)
