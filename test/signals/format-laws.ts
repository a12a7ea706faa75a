import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/model/signal.ts'
import type { Poison } from '../../src/model/watch.ts'
import type { Format } from '../../src/signals/format.ts'

/** Records by format; each is read to at least one signal. */
export type FormatExamples = { readonly [format: string]: readonly object[] | undefined }

/** Formats, the reader that has them, and examples of their records. */
export interface FormatCase {
  read(record: unknown): Promise<{ signals: readonly Signal[]; poison?: Poison | undefined }>
  formats: readonly Format[]
  examples: FormatExamples
}

/** The most characters of a signal, no matter how large its record is. */
const MOST_CHARACTERS = 100_000

/** Values that a member of a record does not have in any format. */
const odd = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>(Number.NaN, -1, '', '\u0000', '__proto__', 'x'.repeat(10_000), [], {}, null),
)

/** The laws of every format of records: one that lacks an example does not pass. */
export function formatLaws({ read, formats, examples }: FormatCase): void {
  const bounded = async (record: unknown) => {
    const { signals, poison } = await read(record)
    for (const signal of signals) {
      expect(Number.isNaN(Date.parse(signal.time))).toBe(false)
      expect(JSON.stringify(signal).length).toBeLessThan(MOST_CHARACTERS)
    }
    if (poison !== undefined) expect(poison.excerpt.length).toBeLessThanOrEqual(1_000)
  }

  describe.each(formats.map(format => [format.name, format] as const))('format %s', (name, format) => {
    const records = examples[name] ?? []

    it('has an example', () => {
      expect(records).not.toEqual([])
    })

    it('is the only format that fits its examples, and reads each to signals of its name', async () => {
      for (const record of records) {
        const fitting = formats.filter(each => each.fits({ ...record }))
        expect(fitting.map(each => each.name)).toEqual([name])
        const { signals, poison } = await read(record)
        expect(poison).toBeUndefined()
        expect([...new Set(signals.map(signal => signal.format))]).toEqual([name])
      }
    })

    it('reads the same record twice to the same signals, and does not change it', async () => {
      for (const record of records) {
        const before = structuredClone(record)
        const first = await read(record)
        expect(record).toEqual(before)
        expect(await read(record)).toEqual(first)
      }
    })

    it('returns bounded signals, or sets the record aside, when a member is missing or has another value', async () => {
      for (const record of records) {
        for (const member of Object.keys(record)) {
          const { [member]: _, ...rest } = record as { [member: string]: unknown }
          await bounded(rest)
        }
        const member = fc.constantFrom(...Object.keys(record))
        const changed = fc.tuple(member, odd).map(([key, value]) => ({ ...record, [key]: value }))
        await fc.assert(fc.asyncProperty(changed, bounded), { numRuns: 100 })
      }
    })

    it('does not fit a record without members', () => {
      expect(format.fits({})).toBe(false)
    })
  })
}
