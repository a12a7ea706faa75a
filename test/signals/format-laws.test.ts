import { readdirSync, readFileSync } from 'node:fs'
import { describe } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { formatLaws } from './format-laws.ts'
import { signalsOf } from './reader.ts'

const folder = new URL('fixtures/', import.meta.url)

/** Formats without a fixture; their records are in test/guard/victims.ts and test/records. */
const WITHOUT_FIXTURE = new Set(['entra-audit', 'entra-risk', 'graph-activity'])

/** Objects of the fixtures from which a signal comes; records are found inside their wrappers, too. */
const objects: object[] = []
for (const name of readdirSync(folder).filter(each => each.endsWith('.json'))) {
  for (const each of objectsIn(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))) {
    if ((await signalsOf(each)).signals.length > 0) objects.push(each)
  }
}

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inside : [value, ...inside]
}

for (const { title, records } of clouds) {
  const { formats = [] } = (await records?.()) ?? {}
  const examples = Object.fromEntries(
    formats.map(({ name, fits }) => [name, objects.filter(each => fits({ ...each }))]),
  )
  describe(title, () => {
    formatLaws({
      read: signalsOf,
      formats: formats.filter(({ name }) => !WITHOUT_FIXTURE.has(name)),
      examples,
    })
  })
}
