import { afterEach, describe, expect, it } from 'vitest'
import { gcpLab } from '../../../src/lab/gcp/index.ts'
import { seedGcp } from '../../../src/lab/gcp/seed/index.ts'
