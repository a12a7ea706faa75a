import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { missingInputs, resolveInputs } from '../../../src/model/playbook/inputs.ts'
import type { InputSpec } from '../../../src/model/playbook/playbook.ts'

const inputs: { [name: string]: InputSpec } = {
  key: { type: 'string', pattern: '^AKIA[A-Z0-9]{4}$', description: 'the key', required: true },
  accounts: { type: 'list', of: 'string', pattern: '^\\d{3}$', description: 'accounts', required: true },
  days: { type: 'int', description: 'days', required: true, default: 30 },
  loud: { type: 'bool', description: 'loud', required: false },
}
const playbook = { inputs }

describe('inputs', () => {
  test('text is read as what the input is', () => {
    expect(
      resolveInputs(playbook, { key: 'AKIAAAAA', accounts: '111, 222', days: '7', loud: 'true' }),
    ).toEqual({
      key: 'AKIAAAAA',
      accounts: ['111', '222'],
      days: 7,
      loud: true,
    })
  })

  test('defaults, plain data, and what may be left out', () => {
    expect(resolveInputs(playbook, { key: 'AKIAAAAA', accounts: ['111'] })).toEqual({
      key: 'AKIAAAAA',
      accounts: ['111'],
      days: 30,
    })
  })

  test('missing inputs are asked for in order', () => {
    expect(missingInputs(playbook, {})).toEqual(['key', 'accounts'])
    expect(missingInputs(playbook, { key: '' })).toEqual(['accounts'])
  })

  test.each([
    [{ accounts: '111' }, "input 'key' is missing: the key", /--input key=/],
    [{ key: 'x', accounts: '111' }, "input 'key' does not match ^AKIA[A-Z0-9]{4}$", /has to match \^AKIA/],
    [
      { key: 'AKIAAAAA', accounts: '111,22' },
      "input 'accounts' does not match ^\\d{3}$",
      /--input accounts=/,
    ],
    [{ key: 'AKIAAAAA', accounts: ',' }, "input 'accounts' must not be empty", /--input accounts=/],
    [{ key: 'AKIAAAAA', accounts: [111] }, /has to be text/, /--input accounts=/],
    [
      { key: 'AKIAAAAA', accounts: '111', days: '1.5' },
      "input 'days' has to be a whole number",
      /--input days=1/,
    ],
    [{ key: 'AKIAAAAA', accounts: '111', loud: 'yes' }, "input 'loud' has to be true or false", /=true/],
    [{ kee: 'AKIAAAAA' }, "the playbook has no input 'kee'", /did you mean 'key'/],
    [JSON.parse('{"__proto__": "x"}'), "the playbook has no input '__proto__'", undefined],
  ])('%j is refused', (given, message, next) => {
    expect(() => resolveInputs(playbook, given)).toThrowError(
      expect.objectContaining({
        code: 'invalid-input',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
        next: next && expect.stringMatching(next),
      }),
    )
  })

  test('a pattern that hangs a backtracking engine finishes', () => {
    const evil = {
      inputs: { a: { type: 'string', pattern: '^(a+)+$', description: '', required: true } },
    } as const
    expect(() => resolveInputs(evil, { a: `${'a'.repeat(7_000)}!` })).toThrowError(/does not match/)
  })

  test('resolving twice changes nothing', () => {
    const list = fc.array(fc.stringMatching(/^\d{3}$/), { minLength: 1 })
    fc.assert(
      fc.property(list, fc.integer(), fc.boolean(), (accounts, days, loud) => {
        const once = resolveInputs(playbook, { key: 'AKIAAAAA', accounts: accounts.join(','), days, loud })
        expect(once.accounts).toEqual(accounts)
        expect(resolveInputs(playbook, once)).toEqual(once)
      }),
    )
  })
})
