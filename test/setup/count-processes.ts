import childProcess from 'node:child_process'
import diagnostics from 'node:diagnostics_channel'
import { appendFileSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join, relative } from 'node:path'
import { afterAll, expect } from 'vitest'

/** The cost of this worker's tests until now. */
interface Costs {
  /** Processes started. */
  processes: number
  /** Milliseconds of processor time in the hosts of warm programs, which `warm.ts` adds. */
  warmMs: number
}

/** Files that share a process share this, too: each of them evaluates this module again. */
const shared = globalThis as { interdictTestCosts?: Costs }

function counting(): Costs {
  const costs: Costs = { processes: 0, warmMs: 0 }
  diagnostics.subscribe('child_process', () => {
    costs.processes += 1
  })
  // The channel reports none of the processes that are waited for.
  for (const name of ['spawnSync', 'execFileSync', 'execSync'] as const) {
    const original = childProcess[name] as (...given: unknown[]) => unknown
    Object.assign(childProcess, {
      [name]: (...given: unknown[]) => {
        costs.processes += 1
        return original(...given)
      },
    })
  }
  syncBuiltinESMExports()
  return costs
}

shared.interdictTestCosts ??= counting()
const costs = shared.interdictTestCosts

/** Milliseconds of processor time of this process, and of those of its children that it has waited for. */
function processorMs(): { own: number; children: number } {
  const { user, system } = process.cpuUsage()
  return { own: (user + system) / 1000, children: childrenMs() }
}

/** Fields 16 and 17 of proc_pid_stat(5), in hundredths of a second; 0 on systems without it. */
function childrenMs(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[13]) + Number(fields[14])) * 10
  } catch {
    return 0
  }
}

// A line for each test file, which setup/hosts.ts sums up at the end.
const folder = process.env['INTERDICT_TEST_HOSTS']
if (folder) {
  const before = { ...costs, ...processorMs() }
  afterAll(() => {
    const now = processorMs()
    const line = {
      file: relative(process.cwd(), expect.getState().testPath ?? ''),
      processes: costs.processes - before.processes,
      ownMs: Math.round(now.own - before.own),
      childrenMs: Math.round(now.children - before.children),
      warmMs: Math.round(costs.warmMs - before.warmMs),
    }
    appendFileSync(join(folder, 'costs'), `${JSON.stringify(line)}\n`)
  })
}
