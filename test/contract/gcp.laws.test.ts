import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { EXAMPLES } from './gcp-examples.ts'
import { openGcp } from './gcp-range.ts'
import { SUBJECTS } from './gcp-subjects.ts'
import { lensLaws } from './lens-laws.ts'

lensLaws({
  cloud: 'Google Cloud',
  interruptions: interruptions as readonly Interruption[],
  subjects: SUBJECTS,
  open: openGcp,
  examples: EXAMPLES,
})
