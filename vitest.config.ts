import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { isLabUnchanged } from './test/setup/lab-changes.ts'

/** `npm run test:all`, or CI with this variable: everything, and every point of what is otherwise sampled. */
const isWhole = process.env['INTERDICT_TESTS'] === 'all'
if (isWhole) {
  for (const name of ['CONTRACT_EVERY', 'CRASH_EVERY', 'FAULT_EVERY', 'LOOKUP_EVERY', 'PROPERTY_EVERY'])
    process.env[name] ??= '1'
}

/** Whether the command line names test files or folders. */
const isNamed = process.argv.slice(2).some(given => given.startsWith('test/'))

/**
 * Further cases of laws that another file tries for the same cloud, or for the same engine by killing processes. `npm run test:all`
 * runs them, and so does a command line that names test files.
 */
const FURTHER_CASES = [
  'test/crash/{aws-guard,gcp-credentials}.test.ts',
  'test/fault/{aws-guard,gcp-credentials}.test.ts',
  'test/property/aws-guard.test.ts',
  'test/system/rotate/crash-{azure,gcp}.test.ts',
]

/** Suites of the lab that need not run: nothing that they look at has changed since they passed. */
function skippedSuites(): string[] {
  if (isWhole || isNamed || !isLabUnchanged()) return []
  process.stderr.write('lab suites skipped: src/lab and test/lab are as they were when these passed last\n')
  return ['test/lab/**']
}

/** Seconds that files took when they were measured last: `node scripts/durations.mjs REPORT`; missing for short ones. */
const seconds = JSON.parse(
  readFileSync(new URL('test/setup/durations.json', import.meta.url), 'utf8'),
) as Readonly<{ [file: string]: number }>

/** Begins with what takes longest, so that no core waits for the other at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // A process that is shared ends where one comes that is not, so that these come first.
    const rank = ({ moduleId, project }: TestSpecification) =>
      (project.config.isolate ? 1_000_000 : 0) + (seconds[relative(import.meta.dirname, moduleId)] ?? 0)
    return [...files].sort((a, b) => rank(b) - rank(a))
  }
}

/**
 * These leave something in their process, or need one that nothing was left in: variables of the environment, hooks that a helper
 * registers when it is loaded. All others share the processes, and with them the loaded code.
 */
const ISOLATED = [
  'test/lab/**/*.test.ts',
  'test/clouds/newcomers.test.ts',
  'test/clouds/{aws,gcp}/connect.test.ts',
  'test/egress/fetch.test.ts',
  'test/guard/forgery.test.ts',
  'test/sources/queues.test.ts',
  'test/store/objects/laws.test.ts',
  'test/store/permissions.test.ts',
]

export default defineConfig({
  test: {
    // Transformed sources stay in .cache by the hash of their content; CI starts without any.
    experimental: { fsModuleCache: !isWhole, fsModuleCachePath: '.cache/transformed' },
    // These end a test that hangs, and say nothing of how long one may take: a busy machine may be ten times as slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Whether the gate decides within its time must not depend on what else this machine does.
    env: { INTERDICT_GATE_SECONDS: '9' },
    // For two cores: a test that runs the program waits for it half of the time.
    maxWorkers: 4,
    globalSetup: ['test/setup/memory-folder.ts', 'test/setup/hosts.ts', 'test/setup/lab-passed.ts'],
    setupFiles: ['test/setup/count-processes.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'alone', isolate: true, include: ISOLATED, exclude: skippedSuites() } },
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...ISOLATED, ...(isWhole || isNamed ? [] : FURTHER_CASES)],
        },
      },
    ],
  },
})
