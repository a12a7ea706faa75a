import { describe, expect, it } from 'vitest'
import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import { openGcp } from './gcp-range.ts'
import { guarded, SUBJECTS, SUBJECTS_GUARDED } from './gcp-subjects.ts'
import { contractSuite } from './suite.ts'

contractSuite('Google Cloud', () => openGcp(), SUBJECTS)
contractSuite('Google Cloud, guarded', () => openGcp(guarded, 'acme-data'), SUBJECTS_GUARDED)

describe('Google Cloud', () => {
  it('has a subject for every interruption', () => {
    const tried = new Set(SUBJECTS.map(({ interruption }) => interruption.id))
    expect([...tried].sort()).toEqual(interruptions.map(({ id }) => id).sort())
  })
})
