import { interruptions } from '../../src/clouds/azure/interruptions/index.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { EXAMPLES } from './azure-examples.ts'
import { openAzure } from './azure-range.ts'
import { SUBJECTS } from './azure-subjects.ts'
import { lensLaws } from './lens-laws.ts'

lensLaws({
  cloud: 'Azure',
  interruptions: interruptions as readonly Interruption[],
  subjects: SUBJECTS,
  open: openAzure,
  examples: EXAMPLES,
})
