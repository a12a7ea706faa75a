import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/moto/**/*.moto.ts', 'test/specs/**/*.moto.ts', 'test/sources/**/*.moto.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One moto server, one account: the files would read each other's estate.
    fileParallelism: false,
  },
})
