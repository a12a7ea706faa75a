import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The suites whose traffic is judged: our clients and the lab, with nobody else's servers. Crashes, faults and journeys ask the same again. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'test/specs/*.walk.ts',
      'test/{contract,property}/{gcp,azure}*.test.ts',
      'test/contract/rotations*.test.ts',
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
