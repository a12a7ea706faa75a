import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest begins first, so that neither core waits for the other at the end. */
const LONGEST = /\/test\/(crash|fights|rotate|incidents|journeys|hostile|guard|fault|loopback)\b/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/programs/hosts.setup.ts'],
    setupFiles: ['test/programs/count.setup.ts'],
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Whether the gate decides within its time must not depend on what else this machine does.
    env: { INTERDICT_GATE_SECONDS: '9' },
    // For two cores: a test that runs the program waits for it half of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
})
