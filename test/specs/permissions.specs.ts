import { expect, test } from 'vitest'
import { LEAST } from '../../src/providers/azure/permission-map.ts'
import { declarationProblem } from './permission-map.ts'
import { permissionMap } from './vendors.ts'

test('what we declare for each request to Graph is the least that its permission map allows', () => {
  const map = permissionMap()
  if (!map) {
    console.log('permissions: not judged: INTERDICT_SPECS is not set')
    return
  }
  const problems = Object.entries(LEAST).map(([operation, declared]) =>
    declarationProblem(map, operation, declared),
  )
  expect(problems.filter(problem => problem !== undefined).join('\n')).toBe('')
})
