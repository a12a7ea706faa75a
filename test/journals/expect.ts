/**
 * Writes what the code of now makes of the fixtures beside them, once: `node test/journals/expect.ts 2/NAME…`. A person
 * looks at the file before it is committed, and it is never written again.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { factsOf } from './facts.ts'
import { Fixture, fixtureNames } from './fixture.ts'
import { liveOn } from './later-commands.ts'
import { listRuns, readRun } from './today.ts'

const asked = process.argv.slice(2)
for (const name of asked.length === 0 ? fixtureNames() : asked) {
  const fixture = await Fixture.open(name)
  try {
    const path = fixture.recorded('expected.json')
    if (existsSync(path)) {
      if (asked.length > 0) throw new Error(`${path} is there; what is expected never changes`)
      continue
    }
    const facts: { [run: string]: object } = {}
    for (const listed of await listRuns(fixture.folders)) {
      facts[listed.run] =
        'fault' in listed ? listed : factsOf((await readRun(fixture.folders, listed.run)).state)
    }
    const later = name === '1/live' ? undefined : await liveOn(fixture)
    writeFileSync(path, `${JSON.stringify({ facts, ...(later ? { later } : {}) }, null, 2)}\n`)
    process.stdout.write(`${name}: ${JSON.stringify({ codes: later?.codes, differs: later?.differs })}\n`)
  } finally {
    await fixture.close()
  }
}
