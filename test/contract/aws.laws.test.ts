import { interruptions } from '../../src/clouds/aws/interruptions/index.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { EXAMPLES } from './aws-examples.ts'
import { openAws } from './aws-range.ts'
import { SUBJECTS } from './aws-subjects.ts'
import { lensLaws } from './lens-laws.ts'

lensLaws({
  cloud: 'AWS',
  interruptions: interruptions as readonly Interruption[],
  subjects: SUBJECTS,
  open: openAws,
  examples: EXAMPLES,
})
