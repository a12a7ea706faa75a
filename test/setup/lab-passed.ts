import type { TestProject } from 'vitest/node'
import { labSuites, noteLabPassed } from './lab-changes.ts'

/** Notes at the end whether the suites of the lab have passed, all of them: `npm test` runs them when the lab changed. */
export default function lab(project: TestProject): () => void {
  return () => {
    const { config, state } = project.vitest
    const passed = new Set(
      state.getFiles().flatMap(({ filepath, result }) => (result?.state === 'pass' ? [filepath] : [])),
    )
    const isWhole = config.testNamePattern === undefined
    if (isWhole && labSuites().every(file => passed.has(file))) noteLabPassed()
  }
}
