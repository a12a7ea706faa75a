import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { INPUT_LIMITS } from '../../src/model/input-limits.ts'

const page = readFileSync(new URL('../../docs/watch.md', import.meta.url), 'utf8')
const table = page.slice(page.indexOf('### Limits'), page.indexOf('Empty lines are not records'))

const mib = (bytes: number) => `${bytes / 1024 / 1024} MiB`
const of = (count: number) => count.toLocaleString('en-US')

test('the table of limits says what the code has', () => {
  const { line, record, values, depth, whole, records, wrappers, text, unpacked, packedRecords } =
    INPUT_LIMITS
  const { batch, asideLines, asideFile, excerpt } = INPUT_LIMITS
  const rows = [
    ['a line, or an element of a list, of a file', mib(line)],
    ['a record', `${mib(record)}, ${of(values)} values, ${depth} levels`],
    ['a message', `${mib(whole)}, also unpacked; ${of(records)} records`],
    ['envelopes in one another', `${wrappers}, with ${mib(text)} of text in all of them together`],
    [
      'a packed file, unpacked',
      `${mib(unpacked.free)}, and ${unpacked.perByte} bytes more for each packed byte`,
    ],
    [
      'records in a packed file',
      `${of(packedRecords.free)}, and 1 more for every ${1 / packedRecords.perByte} packed bytes`,
    ],
    ['records that a file delivers together', of(batch)],
    ['set-aside lines of a batch with the same reason', `${asideLines}, and one for the others`],
    ['the set-aside file', `${mib(asideFile)}, then it becomes \`set-aside.ndjson.1\``],
    ['an excerpt of a record', `${of(excerpt)} characters`],
  ]
  for (const [what, most] of rows) expect(table).toContain(`| ${what} | ${most} |`)
  // The last row is of expressions: test/signals/signal-bounds.test.ts holds it.
  expect(table.split('\n').filter(row => row.startsWith('| '))).toHaveLength(rows.length + 3)
})
