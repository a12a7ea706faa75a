import { describe, expect, it } from 'vitest'
import { interruptions } from '../../src/clouds/azure/interruptions/index.ts'
import { openAzure } from './azure-range.ts'
import { enriched, SUBJECTS } from './azure-subjects.ts'
import { contractSuite } from './suite.ts'

contractSuite('Azure', () => openAzure(enriched), SUBJECTS)

describe('Azure', () => {
  it('has a subject for every interruption', () => {
    const tried = new Set(SUBJECTS.map(({ interruption }) => interruption.id))
    expect([...tried].sort()).toEqual(interruptions.map(({ id }) => id).sort())
  })
})
