import { expect, test } from 'vitest'
import { checkLimit } from '../../src/engine/limit.ts'
import { withNames } from '../../src/engine/limit-names.ts'
import { Fault } from '../../src/model/fault.ts'

const ids = Array.from({ length: 8 }, (_, at) => `toy:town:door/${at}`)

test('a plan over its limit names five identities, and counts the others', () => {
  expect(() =>
    withNames(ids, () => checkLimit({ limit: { identities: 3, share: 1 } }, ids.length, 100)),
  ).toThrow('toy:town:door/0, toy:town:door/1, toy:town:door/2, toy:town:door/3, toy:town:door/4, and 3 more')
})

test('a plan over its limit by one names all of them', () => {
  expect(() =>
    withNames(ids.slice(0, 2), () => checkLimit({ limit: { identities: 1, share: 1 } }, 2, 100)),
  ).toThrow(/: toy:town:door\/0, toy:town:door\/1$/)
})

test('the step and the place of the fault stay, and other faults are not touched', () => {
  try {
    withNames(ids, () => checkLimit({ limit: { identities: 3, share: 1 } }, ids.length, 100))
  } catch (error) {
    expect(error).toMatchObject({ code: 'limit', where: 'limit.identities', next: expect.any(String) })
  }
  const other = new Fault('denied', 'no')
  expect(() =>
    withNames(ids, () => {
      throw other
    }),
  ).toThrow(other)
})
