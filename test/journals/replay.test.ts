import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { entryTypes, factsOf } from './facts.ts'
import { Fixture, FORMATS, fixtureNames, journalPaths } from './fixture.ts'
import { type Entry, interruptionIds, interruptionsWithFormerNames, listRuns, readRun } from './today.ts'

/** Entries of all recorded journals, those of torn and damaged lines left out. */
function recordedEntries(format?: string): Entry[] {
  const paths = journalPaths().filter(path => format === undefined || path.includes(`/journals/${format}/`))
  return paths.flatMap(path =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap(line => {
        try {
          return [JSON.parse(line) as Entry]
        } catch {
          return []
        }
      }),
  )
}

let open: Fixture | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function fixture(name: string): Promise<Fixture> {
  open = await Fixture.open(name)
  return open
}

const names = fixtureNames()

it.each(names)(
  'the runs of %s replay to the state, holds and numbers of the day they were recorded',
  async name => {
    const { folders, recorded } = await fixture(name).then(at => ({
      folders: at.folders,
      recorded: JSON.parse(readFileSync(at.recorded('expected.json'), 'utf8')) as { facts: object },
    }))
    const facts: { [run: string]: object } = {}
    for (const listed of await listRuns(folders)) {
      facts[listed.run] = 'fault' in listed ? listed : factsOf((await readRun(folders, listed.run)).state)
    }
    expect(facts).toEqual(recorded.facts)
  },
)

describe('a recorded journal', () => {
  const one = names.flatMap(name => {
    const [run] = runsIn(name)
    return run === undefined || name === '1/doubted' ? [] : [[name, run] as const]
  })

  it.each(one)('of %s is refused when one byte of it changes', async (name, run) => {
    const at = await fixture(name)
    at.damage('state', 'runs', `${run}.jsonl`)
    const read = readRun(at.folders, run)
    await expect(read).rejects.toMatchObject({ code: expect.stringMatching(/^(damaged|tampered)$/) })
  })

  it.each(one)('of %s is refused by a machine that does not trust its key', async (name, run) => {
    const at = await fixture(name)
    at.distrust()
    await expect(readRun(at.folders, run)).rejects.toMatchObject({ code: 'tampered' })
  })

  it.each(['1/aws', '2/contained'])('of %s is refused when its end is cut off', async name => {
    const at = await fixture(name)
    const [run = ''] = runsIn(name)
    at.cut(join('state', 'runs', `${run}.jsonl`))
    await expect(readRun(at.folders, run)).rejects.toMatchObject({ code: 'tampered' })
  })
})

/** Types that no recorded journal has, and why. */
const UNRECORDED_TYPES: { readonly [type: string]: string } = {
  'lease.taken': 'runs of an object store alone have it: test/journal/object-runs.test.ts',
}

it('the recorded journals have every type of entry', () => {
  const seen = new Set<string>(recordedEntries().map(({ type }) => type))
  expect(entryTypes.filter(type => !seen.has(type))).toEqual(Object.keys(UNRECORDED_TYPES))
})

/** Interruptions that no recorded journal has, and why. */
const UNRECORDED: { readonly [interruption: string]: string } = {}

it('the recorded journals have every interruption of the first format, written to its cloud', async () => {
  const started = recordedEntries().flatMap(entry => (entry.type === 'run.started' ? entry.plan.changes : []))
  const written = new Set(
    recordedEntries().flatMap(each => (each.type === 'change.written' ? [each.key] : [])),
  )
  const seen = new Set(started.filter(({ key }) => written.has(key)).map(({ interruption }) => interruption))
  const missing = (await interruptionIds()).filter(id => !seen.has(id) && !(id in UNRECORDED))
  expect(missing).toEqual([])
})

it('every recorded entry has the format of its folder', () => {
  for (const format of FORMATS) {
    const versions = new Set(recordedEntries(format).map(({ v }) => v))
    expect([...versions], format).toEqual([Number(format)])
  }
})

it('the journals of format 2 have every interruption whose settings format 1 spells in another way', async () => {
  const written = recordedEntries('2')
  const done = new Set(written.flatMap(each => (each.type === 'change.written' ? [each.key] : [])))
  const planned = written.flatMap(entry => (entry.type === 'run.started' ? entry.plan.changes : []))
  const seen = new Set(planned.flatMap(({ key, interruption }) => (done.has(key) ? [interruption] : [])))
  expect((await interruptionsWithFormerNames()).filter(id => !seen.has(id))).toEqual([])
})

function runsIn(name: string): string[] {
  try {
    const files = readdirSync(new URL(`./${name}/state/runs/`, import.meta.url))
    return files.filter(file => file.endsWith('.jsonl')).map(file => file.replace('.jsonl', ''))
  } catch {
    return []
  }
}
