import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'test/moto/**/*.moto.ts',
      'test/specs/**/*.moto.ts',
      'test/sources/**/*.moto.ts',
      'test/gate/**/*.moto.ts',
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file has a moto server of its own, which answers on one core.
    maxWorkers: 2,
  },
})
