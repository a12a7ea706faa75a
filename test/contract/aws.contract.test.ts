import { describe, expect, it } from 'vitest'
import { interruptions } from '../../src/clouds/aws/interruptions/index.ts'
import { openAws } from './aws-range.ts'
import { fillUp, prepareGuard, SUBJECTS, SUBJECTS_PREPARED, SUBJECTS_WITHOUT_ROOM } from './aws-subjects.ts'
import { contractSuite } from './suite.ts'

contractSuite('AWS', () => openAws(), SUBJECTS)
contractSuite('AWS with a guard policy', () => openAws(prepareGuard), SUBJECTS_PREPARED)
contractSuite('AWS without room', () => openAws(fillUp), SUBJECTS_WITHOUT_ROOM)

describe('AWS', () => {
  it('has a subject for every interruption', () => {
    const tried = new Set(SUBJECTS.map(({ interruption }) => interruption.id))
    expect([...tried].sort()).toEqual(interruptions.map(({ id }) => id).sort())
  })
})
