import { expect, test } from 'vitest'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { givenInputs, inputsFor } from '../../src/toolkit/inputs.ts'

const playbook = {
  inputs: {
    users: { type: 'list', of: 'string', description: 'names', required: true },
    key: { type: 'string', description: 'an id', required: false },
    days: { type: 'int', description: 'days', required: false },
  },
} as unknown as Playbook

/** Answers nothing. */
const SILENT = { lab: false, answer: async () => undefined }

test.each<[string, string[], unknown]>([
  ['the values of several flags', ['users=a', 'users=b'], ['a', 'b']],
  ['values with commas beside another flag', ['users=a, b', 'users=c'], ['a', 'b', 'c']],
  ['the values of one flag', ['users=a,b'], ['a', 'b']],
])('a list takes %s', async (_, flags, users) => {
  expect(await inputsFor(SILENT, playbook, { input: flags })).toMatchObject({ users })
})

test.each(['key', 'days', 'unknown'])(
  'an input that is not a list is refused when it is given twice: %s',
  name => {
    expect(() => givenInputs([`${name}=1`, `${name}=2`], playbook)).toThrow(
      /takes one value and is given 2 times/,
    )
  },
)

test('a value keeps its equals signs and an input keeps names of prototypes apart', () => {
  expect(givenInputs(['key=a=b=c', '__proto__=x'], playbook)).toEqual({ key: 'a=b=c', ['__proto__']: 'x' })
  expect(() => givenInputs(['constructor=1', 'constructor=2'], playbook)).toThrow(/takes one value/)
})

test('text without a name is refused', () => {
  expect(() => givenInputs(['=x'], playbook)).toThrow(/is not name=value/)
})
