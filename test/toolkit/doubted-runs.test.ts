import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

const LONG = 300_000

let at: Program
beforeEach(async () => {
  at = await programInLab()
})
afterEach(() => at.close())

async function contained(playbook: string, ...more: string[]): Promise<string> {
  const { exit, data } = await at.json('contain', playbook, '--lab', '--yes', '--reason', 'test', ...more)
  expect(exit, JSON.stringify(data)).toBe(0)
  return data.run
}

const restored = (run: string, ...more: string[]) => at.run('restore', run, '--lab', '--yes', ...more)
const journal = (run: string) => join(at.folder, 'state', 'runs', `${run}.jsonl`)

async function damage(run: string): Promise<void> {
  const bytes = await readFile(journal(run))
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await writeFile(journal(run), bytes)
}

it(
  'a damaged run that holds other identities, or nothing any more, is in nobody’s way',
  async () => {
    const closed = await contained('leaked-access-key')
    const all = ['--accept-live-tokens', '--give-back', 'aws:111122223333:access-key/AKIAIOSFODNN7EXAMPLE']
    expect(await restored(closed, ...all, '--reason', 'rotated')).toMatchObject({ exit: 0 })
    await damage(closed)
    const other = await contained('third-party-stop')
    await damage(other)
    const run = await contained('leaked-access-key', '--stack')
    const { exit, stderr } = await restored(run)
    expect(exit, stderr).toBe(0)
    expect(stderr).toContain(`run ${closed} cannot be believed, and it holds nothing any more`)
    expect(stderr).toContain(`run ${other} cannot be believed, and it may hold `)
  },
  LONG,
)

it(
  'a damaged run that may hold the same is in the way until a person says why it is not',
  async () => {
    const run = await contained('leaked-access-key')
    const same = await contained('leaked-access-key', '--stack')
    await damage(same)
    const refused = await restored(run)
    expect(refused).toMatchObject({ exit: 5 })
    expect(refused.stderr).toContain('--accept-unknown-holds --reason TEXT')
    expect(await restored(run, '--accept-unknown-holds')).toMatchObject({ exit: 2 })
    const taken = await restored(run, '--accept-unknown-holds', '--reason', 'looked at both')
    expect(taken.exit, taken.stderr).toBe(0)
    const entries = (await readFile(journal(run), 'utf8'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(entries.find(({ type }) => type === 'holds.unknown')).toMatchObject({
      runs: [same],
      reason: 'looked at both',
    })
  },
  LONG,
)
