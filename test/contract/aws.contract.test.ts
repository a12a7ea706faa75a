import { describe, expect, it } from 'vitest'
import { interruptions } from '../../src/providers/aws/interruptions/index.ts'
import { openAws } from './aws-range.ts'
import { fillUp, SUBJECTS, SUBJECTS_WITHOUT_ROOM } from './aws-subjects.ts'
import { contractSuite } from './suite.ts'

contractSuite('AWS', () => openAws(), SUBJECTS)
contractSuite('AWS without room', () => openAws(fillUp), SUBJECTS_WITHOUT_ROOM)

describe('AWS', () => {
  it('has a subject for every interruption', () => {
    const tried = new Set(SUBJECTS.map(({ interruption }) => interruption.id))
    expect([...tried].sort()).toEqual(interruptions.map(({ id }) => id).sort())
  })
})
