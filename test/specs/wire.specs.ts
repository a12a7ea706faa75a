import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { arm, folder, google, graph, type Judge, recorded, type Vendor, vendorOf } from './vendors.ts'

/** Every different problem once, with how often it was found and one request that has it. */
function problemsOf(
  judge: Judge,
  vendor: Vendor,
): { problems: string[]; exchanges: number; operations: Set<string> } {
  const found = new Map<string, { times: number; example: string }>()
  const operations = new Set<string>()
  let exchanges = 0
  for (const exchange of recorded(folder())) {
    if (vendorOf(exchange) !== vendor) continue
    for (const { operation, problems } of judge(exchange)) {
      exchanges += 1
      if (operation) operations.add(operation)
      for (const problem of problems) {
        const text = `${operation ?? 'unknown operation'}: ${problem}`
        const entry = found.get(text) ?? {
          times: 0,
          example: `${exchange.method} ${exchange.url} ${exchange.status}`,
        }
        found.set(text, { ...entry, times: entry.times + 1 })
      }
    }
  }
  const problems = [...found].map(([text, { times, example }]) => `${times} × ${text} (${example})`).sort()
  return { problems, exchanges, operations }
}

const judges: readonly (readonly [Vendor, () => Judge | undefined, string])[] = [
  ['google', google, "Google's discovery documents"],
  ['graph', graph, "Microsoft Graph's schema"],
  ['arm', arm, "the mappers of Azure Resource Manager's clients"],
]

test.each(judges)('%s: every request of ours and every answer of the lab', (vendor, open, by) => {
  const judge = open()
  if (!judge) {
    console.log(`${vendor}: not judged: INTERDICT_SPECS is not set`)
    return
  }
  const { problems, exchanges, operations } = problemsOf(judge, vendor)
  console.log(`${vendor}: ${exchanges} exchanges over ${operations.size} operations judged by ${by}`)
  expect(problems.join('\n')).toBe('')
  expect(operations.size, 'something was recorded').toBeGreaterThan(10)
})

test('the lab calls every operation of Google what Google calls it', () => {
  const judge = google()
  const { operations } = problemsOf(judge, 'google')
  const claimed = JSON.parse(readFileSync(join(folder(), 'google.json'), 'utf8')) as string[]
  // Tokens are asked for at an endpoint that no discovery document has.
  expect(claimed.filter(each => !each.startsWith('oauth2.') && !operations.has(each))).toEqual([])
})

test('of every exchange it is known who judges it', () => {
  const strange = new Set<string>()
  for (const exchange of recorded(folder())) {
    if (vendorOf(exchange) === undefined) strange.add(`${exchange.method} ${exchange.url}`)
  }
  expect([...strange].slice(0, 20)).toEqual([])
})
